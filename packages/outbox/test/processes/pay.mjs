// A worker with an inbox in SQLite. It pays orders and thanks for them. A job may kill it once, at the statement that the
// job names.
import { join } from "node:path";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { sqs } from "@jobs/adapter-sqs";
import { createApp, defineTask, handle } from "@jobs/core";
import { createInbox } from "@jobs/outbox";
import { dieOnce, openSqlite } from "@jobs/test-servers";

const { kind, url, folder } = JSON.parse(process.argv[2]);
const file = join(folder, "shop.db");
const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" };
const target =
  kind === "redis"
    ? redis({ url, sweepMs: 200, onWarning: () => {} })
    : sqs({ endpoint: url, region: "us-east-1", client: { credentials } });

const shop = openSqlite(file);
shop.exec("PRAGMA busy_timeout = 5000");

const pay = defineTask("pay", { order: "string", dies: "string" }, { queue: "payments" });
const thank = defineTask("thank", { order: "string" }, { queue: "thanks" });

/** Runs `work` in a transaction. */
async function transact(work) {
  shop.exec("BEGIN IMMEDIATE");
  try {
    await work();
    shop.exec("COMMIT");
  } catch (error) {
    shop.exec("ROLLBACK");
    throw error;
  }
}

const app = createApp({
  broker: createInbox({
    broker: target,
    store: sqlite({ file, synchronous: "normal" }),
    takeoverMs: 900,
  }),
  tasks: [pay, thank],
  handlers: [
    handle(pay, async (job, ctx) => {
      const { order, dies } = job;
      const dieAt = (statement) => statement === dies && dieOnce(folder, order);
      dieAt("before");
      await transact(async () => {
        shop.prepare("INSERT INTO payments (id) VALUES (?)").run(order);
        dieAt("effect");
        await ctx.enqueue(thank, { order }, { transaction: shop, id: `thank-${order}` });
        dieAt("follow-up");
        await ctx.transaction(shop, { order });
        dieAt("completed");
      });
      dieAt("commit");
    }),
    handle(thank, ({ order }, ctx) =>
      transact(async () => {
        shop.prepare("INSERT INTO thanks (id) VALUES (?)").run(order);
        await ctx.transaction(shop);
      }),
    ),
  ],
});

const queues = kind === "redis" ? ["payments", "copies", "thanks"] : ["payments", "thanks"];
await app.worker({ queues, concurrency: 1, leaseMs: 1_000, waitMs: 1_000, until: { type: "drained" } }).run();
await app.close();
