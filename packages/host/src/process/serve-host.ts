import type { App, Worker, WorkerReport } from "@jobs/core";
import { optionRules, optionsCheck, repeat, required, systemClock } from "@jobs/core/runtime";
import type { WearLimits } from "../host.ts";
import type { ChildMessage } from "./host-messages.ts";
import { checkWearLimits, watchRecycleLimits } from "./recycle-limits.ts";

/** A worker that is one of a host's. */
export interface HostedWorker {
  readonly worker: Worker;
  readonly observe: App["observe"];
  /** How long it may take to stop, in ms; a host kills what takes much longer. */
  readonly graceMs: number;
  readonly recycle: WearLimits;
  /** Numbers about this process for whoever owns the host, which gets what this returns as an event: plain data. Default: none. */
  readonly measure?: (() => unknown) | undefined;
}

/** How often a change of readiness is looked for, in ms. */
const READINESS_MS = 500;

/** How often a host is told what was measured, in ms. */
const MEASURE_MS = 1_000;

const checkOptions = optionsCheck<HostedWorker>({
  worker: required(optionRules.having("a worker made by app.worker", "run", "stop")),
  observe: required(optionRules.func),
  graceMs: required(optionRules.ms(true)),
  recycle: required(optionRules.nested(checkWearLimits)),
  measure: optionRules.func,
});

/**
 * Runs a worker as one process of a host: tells the host how it stands, and ends gracefully when the host is gone,
 * however that came about.
 */
export async function serveHost(options: HostedWorker): Promise<WorkerReport> {
  checkOptions(options, "serveHost");
  const { worker, observe, graceMs, recycle, measure } = options;
  const tellMeasures = async () => measure && tell({ type: "measured", measured: measure() });
  const unobserve = observe(({ type }) => {
    if (type !== "worker.started") return;
    void tell({ type: "serving", worker: worker.identity, graceMs });
    void tellMeasures();
  });
  const orphaned = () => void worker.stop();
  process.once("disconnect", orphaned);
  process.channel?.unref();
  const unwatch = watchRecycleLimits(
    recycle,
    observe,
    (reason) => void tell({ type: "worn", reason }),
    worker,
  );
  const stopTelling = tellReadiness(worker);
  const stopMeasuring = measure && repeat(systemClock, MEASURE_MS, () => void tellMeasures());
  try {
    const report = await worker.run();
    await tellMeasures();
    await tell({ type: "report", report });
    return report;
  } finally {
    stopMeasuring?.();
    stopTelling();
    unwatch();
    unobserve();
    process.off("disconnect", orphaned);
  }
}

function tellReadiness(worker: Worker): () => void {
  let isReady = false;
  return repeat(systemClock, READINESS_MS, () => {
    if (worker.isReady === isReady) return;
    isReady = worker.isReady;
    void tell({ type: "ready", isReady });
  });
}

/** Resolves when the message is on its way; a host that is gone needs none. */
function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}
