// A worker that pays orders. Each job kills it once, at the statement that the job names.
import { join } from "node:path";
import { createTables, sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";
import { dieOnce, openSqlite } from "@jobs/test-servers";

const { folder } = JSON.parse(process.argv[2]);
const file = join(folder, "shop.db");

await createTables({ file });
const shop = openSqlite(file);
shop.exec("CREATE TABLE IF NOT EXISTS payments (id TEXT NOT NULL) STRICT; PRAGMA busy_timeout = 5000");

const pay = defineTask("pay", { order: "string", dies: "string" });
const thank = defineTask("thank", { order: "string" }, { queue: "thanks" });

const app = createApp({
  broker: sqlite({ file }),
  tasks: [pay, thank],
  handlers: [
    handle(pay, async ({ order, dies }, ctx) => {
      const dieAt = (statement) => statement === dies && dieOnce(folder, order);
      dieAt("before");
      shop.exec("BEGIN IMMEDIATE");
      try {
        shop.prepare("INSERT INTO payments (id) VALUES (?)").run(order);
        dieAt("effect");
        await ctx.enqueue(thank, { order }, { transaction: shop, id: `thank-${order}` });
        dieAt("follow-up");
        await ctx.transaction(shop, { order });
        dieAt("completed");
        shop.exec("COMMIT");
      } catch (error) {
        shop.exec("ROLLBACK");
        throw error;
      }
      dieAt("commit");
    }),
  ],
});

const report = await app
  .worker({ queues: ["default"], concurrency: 1, leaseMs: 1_000, until: { type: "drained" } })
  .run();
await app.close();
process.stdout.write(`${JSON.stringify(report)}\n`);
