// A worker that pays orders. Each job kills it once, at the statement that the job names.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { postgres } from "@jobs/adapter-postgres";
import { createApp, defineTask, handle } from "@jobs/core";
import { Client } from "pg";

const { url, schema, folder } = JSON.parse(process.argv[2]);

const shop = new Client({ connectionString: url });
await shop.connect();

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
  broker: postgres({ url, schema }),
  tasks: [pay, thank],
  handlers: [
    handle(pay, async ({ order, dies }, ctx) => {
      dieOnce(order, "before", dies);
      await shop.query("BEGIN");
      try {
        dieOnce(order, "begun", dies);
        await shop.query(`INSERT INTO ${schema}.payments (id) VALUES ($1)`, [order]);
        dieOnce(order, "effect", dies);
        await ctx.enqueue(thank, { order }, { transaction: shop, id: `thank-${order}` });
        dieOnce(order, "follow-up", dies);
        await ctx.transaction(shop, { order });
        dieOnce(order, "completed", dies);
        const committed = shop.query("COMMIT");
        // It is on its way, and nobody knows its answer.
        dieOnce(order, "committing", dies);
        await committed;
      } catch (error) {
        await shop.query("ROLLBACK");
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
await shop.end();
process.stdout.write(`${JSON.stringify(report)}\n`);
