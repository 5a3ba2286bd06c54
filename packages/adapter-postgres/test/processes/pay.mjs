// A worker that pays orders. Each job kills it once, at the statement that the job names.
import { postgres } from "@jobs/adapter-postgres";
import { createApp, defineTask, handle } from "@jobs/core";
import { dieOnce } from "@jobs/test-servers";
import { Client } from "pg";

const { url, schema, folder } = JSON.parse(process.argv[2]);

const shop = new Client({ connectionString: url });
await shop.connect();

const pay = defineTask("pay", { order: "string", dies: "string" });
const thank = defineTask("thank", { order: "string" }, { queue: "thanks" });

const app = createApp({
  broker: postgres({ url, schema }),
  tasks: [pay, thank],
  handlers: [
    handle(pay, async ({ order, dies }, ctx) => {
      const dieAt = (statement) => statement === dies && dieOnce(folder, order);
      dieAt("before");
      await shop.query("BEGIN");
      try {
        dieAt("begun");
        await shop.query(`INSERT INTO ${schema}.payments (id) VALUES ($1)`, [order]);
        dieAt("effect");
        await ctx.enqueue(thank, { order }, { transaction: shop, id: `thank-${order}` });
        dieAt("follow-up");
        await ctx.transaction(shop, { order });
        dieAt("completed");
        const committed = shop.query("COMMIT");
        // It is on its way, and nobody knows its answer.
        dieAt("committing");
        await committed;
      } catch (error) {
        await shop.query("ROLLBACK");
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
await shop.end();
process.stdout.write(`${JSON.stringify(report)}\n`);
