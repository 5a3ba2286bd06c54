// One worker of an experiment. It writes each start and each end into the run log. SIGTERM or a kill ends it.
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, handle } from "@jobs/core";
import type { ForeignJob } from "./brokers/broker-under-test.ts";
import { loadBroker } from "./brokers/load-broker.ts";
import { chaosTask } from "./chaos-task.ts";
import { readOrders, type WorkerOrders, type WorkerStage } from "./process-orders.ts";
import { openRunLog } from "./run-log.ts";

const { broker, address, worker, runLog, concurrency, leaseMs } = readOrders<WorkerOrders>();
const { pid } = process;
const book = openRunLog(runLog);
const underTest = await loadBroker(broker);
const runForeign = underTest.foreignWorker?.(worker);
let isAtWork = false;

// A supervisor that is gone cannot end its workers any more.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();
if (runForeign === undefined) await runOurs();
else await runForeign({ address, concurrency, leaseMs, run, onServing: () => tell("serving") });

async function runOurs(): Promise<void> {
  await using app = createApp({
    broker: underTest.open(address, worker),
    tasks: [chaosTask],
    handlers: [handle(chaosTask, ({ ms }, { id, attempt }) => run({ id, attempt, ms }))],
  });
  app.observe(({ type }) => {
    if (type === "worker.started") tell("serving");
  });
  await app.worker({ concurrency, leaseMs }).run();
}

async function run({ id, attempt, ms }: ForeignJob): Promise<void> {
  if (!isAtWork) tell("at work");
  isAtWork = true;
  book.write({ type: "started", id, attempt, pid, at: Date.now() });
  await sleep(ms);
  book.write({ type: "done", id, pid, at: Date.now() });
}

function tell(stage: WorkerStage): void {
  process.send?.(stage);
}
