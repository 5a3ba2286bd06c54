// One worker of an experiment. It writes each start and each end into the run log. SIGTERM or a kill ends it.
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, handle } from "@jobs/core";
import { loadBroker } from "./brokers/load-broker.ts";
import { chaosTask } from "./chaos-task.ts";
import { readOrders, type WorkerOrders, type WorkerStage } from "./process-orders.ts";
import { openRunLog } from "./run-log.ts";

const { broker, address, runLog, concurrency, leaseMs } = readOrders<WorkerOrders>();
const { pid } = process;
const book = openRunLog(runLog);
let isAtWork = false;

await using app = createApp({
  broker: (await loadBroker(broker)).open(address),
  tasks: [chaosTask],
  handlers: [
    handle(chaosTask, async ({ ms }, { id, attempt }) => {
      if (!isAtWork) tell("at work");
      isAtWork = true;
      book.write({ type: "started", id, attempt, pid, at: Date.now() });
      await sleep(ms);
      book.write({ type: "done", id, pid, at: Date.now() });
    }),
  ],
});
app.observe(({ type }) => {
  if (type === "worker.started") tell("serving");
});
// A supervisor that is gone cannot end its workers any more.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();
await app.worker({ concurrency, leaseMs }).run();

function tell(stage: WorkerStage): void {
  process.send?.(stage);
}
