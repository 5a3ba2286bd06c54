// One worker of an experiment: writes each start and each end into the ledger. Ends by SIGTERM, or at any moment.
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, handle } from "@jobs/core";
import { brokerUnderTest } from "./brokers/broker-under-test.ts";
import { chaosTask } from "./chaos-task.ts";
import { openLedger } from "./ledger.ts";
import { readOrders, type WorkerOrders } from "./process-orders.ts";

const { broker, address, ledger, concurrency, leaseMs } = readOrders<WorkerOrders>();
const { pid } = process;
const book = openLedger(ledger);
let isAtWork = false;

await using app = createApp({
  broker: (await brokerUnderTest(broker)).open(address),
  tasks: [chaosTask],
  handlers: [
    handle(chaosTask, async ({ ms }, { id, attempt }) => {
      tellOfFirstJob();
      book.write({ type: "started", id, attempt, pid, at: Date.now() });
      await sleep(ms);
      book.write({ type: "done", id, pid, at: Date.now() });
    }),
  ],
});
// A supervisor that is gone cannot end its workers any more.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();
await app.worker({ concurrency, leaseMs }).run();

/** From now on a signal meets a worker at work. */
function tellOfFirstJob(): void {
  if (!isAtWork) process.send?.("at work");
  isAtWork = true;
}
