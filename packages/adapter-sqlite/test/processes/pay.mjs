// A worker that pays orders. Each job kills it once, at the statement that the job names.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTables, sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";
import { openSqlite } from "@jobs/test-servers";

const { folder } = JSON.parse(process.argv[2]);
const file = join(folder, "shop.db");

await createTables({ file });
const shop = openSqlite(file);
shop.exec("CREATE TABLE IF NOT EXISTS payments (id TEXT NOT NULL) STRICT; PRAGMA busy_timeout = 5000");

const pay = defineTask("pay", { order: "string", dies: "string" });
const thank = defineTask("thank", { order: "string" }, { queue: "thanks" });

/** @param {string} order */
function dieOnce(order, here, dies) {
  const mark = join(folder, `died-${order}`);
  if (here !== dies || existsSync(mark)) return;
  writeFileSync(mark, "");
  process.kill(process.pid, "SIGKILL");
}

const app = createApp({
  broker: sqlite({ file }),
  tasks: [pay, thank],
  handlers: [
    handle(pay, async ({ order, dies }, ctx) => {
      dieOnce(order, "before", dies);
      shop.exec("BEGIN IMMEDIATE");
      try {
        shop.prepare("INSERT INTO payments (id) VALUES (?)").run(order);
        dieOnce(order, "effect", dies);
        await ctx.enqueue(thank, { order }, { transaction: shop, id: `thank-${order}` });
        dieOnce(order, "follow-up", dies);
        await ctx.transaction(shop, { order });
        dieOnce(order, "completed", dies);
        shop.exec("COMMIT");
      } catch (error) {
        shop.exec("ROLLBACK");
        throw error;
      }
      dieOnce(order, "commit", dies);
    }),
  ],
});

const report = await app
  .worker({ queues: ["default"], concurrency: 1, leaseMs: 1_000, until: { type: "drained" } })
  .run();
await app.close();
process.stdout.write(`${JSON.stringify(report)}\n`);
