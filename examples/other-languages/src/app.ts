import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { sqs } from "@jobs/adapter-sqs";
import { createApp, defineTask, handle } from "@jobs/core";

export const sendReceipt = defineTask(
  "send_receipt",
  { order: "integer", to: "string", note: "string?" },
  { queue: "mail" },
);

/** The same app on each broker. */
const BROKERS = {
  sqlite: () => sqlite({ file: process.env.DATABASE_FILE ?? ".jobs/jobs.db" }),
  // #region redis
  redis: () =>
    redis({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379", intakeLists: { mail: "mail-jobs" } }),
  // #endregion
  sqs: () => sqs(),
};

/** Opens the app whose worker runs what the programs in other languages enqueue. */
export function openApp(broker: keyof typeof BROKERS) {
  return createApp({
    broker: BROKERS[broker](),
    tasks: [sendReceipt],
    handlers: [
      handle(sendReceipt, ({ order, to, note }, { id }) => {
        console.log(`receipt ${order} to ${to}, ${note ?? "without a note"}, job ${id}`);
      }),
    ],
  });
}

/** The app of the command `jobs`. */
export default openApp("sqlite");
