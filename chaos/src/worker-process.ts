// One worker of an experiment. It writes each start and each end into the run log. SIGTERM or a kill ends it.
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, handle, type JobContext } from "@jobs/core";
import type { ForeignJob } from "./brokers/broker-under-test.ts";
import { loadBroker } from "./brokers/load-broker.ts";
import { chaosTask, effectTask } from "./chaos-task.ts";
import { countDeliveries } from "./count-deliveries.ts";
import { readOrders, type WorkerOrders, type WorkerStage } from "./process-orders.ts";
import { openRunLog } from "./run-log.ts";

const { broker: kind, address, worker, runLog, concurrency, leaseMs } = readOrders<WorkerOrders>();
const { pid } = process;
const book = openRunLog(runLog);
const underTest = await loadBroker(kind);
const runForeign = underTest.foreignWorker?.(worker);
let isAtWork = false;

// A supervisor that is gone cannot end its workers any more.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();
if (runForeign === undefined) await runOurs();
else await runForeign({ address, concurrency, leaseMs, run, onServing: () => tell("serving") });

async function runOurs(): Promise<void> {
  const effects = underTest.openEffects?.(address, concurrency);
  const { broker, deliveryOf } = countDeliveries(underTest.open(address, worker));
  const toJob = ({ id, attempt }: JobContext, ms: number): ForeignJob => ({
    id,
    attempt,
    delivery: deliveryOf(id),
    ms,
  });
  await using app = createApp({
    broker,
    tasks: [chaosTask, effectTask],
    handlers: [
      handle(chaosTask, ({ ms }, ctx) => run(toJob(ctx, ms))),
      handle(effectTask, ({ ms }, ctx) =>
        run(toJob(ctx, ms), () => effects?.write(ctx.id, (transaction) => ctx.transaction(transaction))),
      ),
    ],
  });
  app.observe(({ type }) => {
    if (type === "worker.started") tell("serving");
  });
  await app.worker({ concurrency, leaseMs }).run();
  await effects?.close();
}

async function run({ id, attempt, delivery, ms }: ForeignJob, writeEffect?: () => Promise<void> | undefined) {
  book.write({ type: "started", id, attempt, delivery, pid, at: Date.now() });
  // After its line: a worker that is at work can be frozen at once.
  if (!isAtWork) tell("at work");
  isAtWork = true;
  try {
    await sleep(ms);
    await writeEffect?.();
  } catch (error) {
    book.write({ type: "failed", id, pid, at: Date.now() });
    throw error;
  }
  book.write({ type: "done", id, pid, at: Date.now() });
}

function tell(stage: WorkerStage): void {
  process.send?.(stage);
}
