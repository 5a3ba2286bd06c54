import { performance } from "node:perf_hooks";
import type { LifecycleEvent, Worker } from "@jobs/core";
import { repeat, systemClock } from "@jobs/core/runtime";
import { prometheusLabels } from "../../output/prometheus-labels.ts";
import { Counter, Histogram } from "./counters.ts";
import { PROCESS_METRICS } from "./metric-catalog.ts";
import { family, type MetricFamily, single } from "./metric-family.ts";

/** How often slots and event loop are looked at, in ms. */
const SAMPLE_MS = 250;

/** Metrics of a worker's process. */
export interface ProcessMetrics {
  observeEvent(event: LifecycleEvent): void;
  families(): readonly MetricFamily[];
}

/** The worker of a process, and its name tags. */
export interface ProcessSource {
  readonly worker: Worker;
  readonly concurrency: number;
  /** Values of the labels of `jobs_worker_info`. */
  readonly info: Readonly<Record<string, string>>;
}

/** Begins to sample the process, until the worker has stopped. The timer does not keep the process alive. */
export function createProcessMetrics({ worker, concurrency, info }: ProcessSource): ProcessMetrics {
  const startedAt = Date.now();
  const uncaught = new Counter(PROCESS_METRICS.uncaught);
  const lag = new Histogram(PROCESS_METRICS.lag);
  let slotsFullMs = 0;
  let sampledAt = systemClock.monotonic();
  let wasFull = false;
  const stop = repeat(systemClock, SAMPLE_MS, () => {
    const now = systemClock.monotonic();
    lag.add([], Math.max(0, now - sampledAt - SAMPLE_MS) / 1_000);
    const isFull = worker.running >= concurrency;
    if (isFull && wasFull) slotsFullMs += now - sampledAt;
    wasFull = isFull;
    sampledAt = now;
  });
  return {
    observeEvent(event) {
      if (event.type === "worker.uncaught") uncaught.add([event.isOfJob ? "job" : "process"]);
      else if (event.type === "worker.stopped") stop();
    },
    families: () => [
      single(PROCESS_METRICS.running, worker.running),
      single(PROCESS_METRICS.concurrency, concurrency),
      single(PROCESS_METRICS.stuck, worker.stuck),
      single(PROCESS_METRICS.delayed, worker.delayed),
      single(PROCESS_METRICS.slotsFull, slotsFullMs / 1_000),
      single(PROCESS_METRICS.ready, worker.isReady ? 1 : 0),
      single(PROCESS_METRICS.started, startedAt / 1_000),
      single(PROCESS_METRICS.memory, process.memoryUsage.rss()),
      family(PROCESS_METRICS.info, [[prometheusLabels(info), 1]]),
      uncaught.family(),
      lag.family(),
      single(PROCESS_METRICS.busy, performance.eventLoopUtilization().active / 1_000),
    ],
  };
}
