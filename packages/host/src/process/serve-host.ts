import type { App, Worker, WorkerReport } from "@jobs/core";
import { optionRules, optionsCheck, repeat, required, systemClock, toError } from "@jobs/core/runtime";
import type { RecycleLimits } from "../host.ts";
import type { ChildMessage } from "./host-messages.ts";
import { checkRecycleLimits, watchRecycleLimits } from "./recycle-limits.ts";

/** A worker of a host. */
export interface HostedWorker {
  readonly worker: Worker;
  readonly observe: App["observe"];
  /** How long it may take to stop, in ms. The host kills a process that takes much longer. */
  readonly graceMs: number;
  readonly recycle: RecycleLimits;
  /** Returns measurements of this process as plain data. The host emits them as an event. Default: none. */
  readonly measure?: (() => unknown) | undefined;
}

/** How often readiness is checked, in ms. */
const READINESS_MS = 500;

/** How often measurements are sent to the host, in ms. */
const MEASURE_MS = 1_000;

const checkOptions = optionsCheck<HostedWorker>({
  worker: required(optionRules.having("a worker made by app.worker", "run", "stop")),
  observe: required(optionRules.func),
  graceMs: required(optionRules.ms(true)),
  recycle: required(optionRules.nested(checkRecycleLimits)),
  measure: optionRules.func,
});

/**
 * Runs a worker as one process of a host. It reports the worker's state to the host, and ends gracefully when the host
 * is gone.
 */
export async function serveHost(options: HostedWorker): Promise<WorkerReport> {
  checkOptions(options, "serveHost");
  const { worker, observe, graceMs, recycle, measure } = options;
  const sendMeasures = async () => {
    if (measure === undefined) return;
    try {
      await send({ type: "measured", measured: await measure() });
    } catch (error) {
      process.emitWarning(toError(error), "JobsHostWarning");
    }
  };
  const unobserve = observe(({ type }) => {
    if (type !== "worker.started") return;
    void send({ type: "serving", worker: worker.identity, graceMs });
    void sendMeasures();
  });
  const orphaned = () => void worker.stop();
  process.once("disconnect", orphaned);
  process.channel?.unref();
  const unwatch = watchRecycleLimits(
    recycle,
    observe,
    (reason) => void send({ type: "limit", reason }),
    worker,
  );
  const stopSending = sendReadiness(worker);
  const stopMeasuring = measure && repeat(systemClock, MEASURE_MS, () => void sendMeasures());
  try {
    const report = await worker.run();
    await sendMeasures();
    await send({ type: "report", report });
    return report;
  } finally {
    stopMeasuring?.();
    stopSending();
    unwatch();
    unobserve();
    process.off("disconnect", orphaned);
  }
}

function sendReadiness(worker: Worker): () => void {
  let isReady = false;
  return repeat(systemClock, READINESS_MS, () => {
    if (worker.isReady === isReady) return;
    isReady = worker.isReady;
    void send({ type: "ready", isReady });
  });
}

/** Resolves when the message is sent, or at once when the host is gone. */
function send(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}
