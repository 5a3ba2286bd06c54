import type { App, Worker } from "@jobs/core";
import { optionRules, optionsCheck, repeat, systemClock } from "@jobs/core/runtime";
import type { WearLimits, WearReason } from "../host.ts";

/** How often memory is checked, in ms. */
const LOOK_MS = 1_000;

/** Checks the limits of a process. */
export const checkWearLimits = optionsCheck<WearLimits>({
  maxJobs: optionRules.whole(1),
  maxMemoryBytes: optionRules.positive,
  maxAgeMs: optionRules.msAboveZero(true),
});

/** Calls `onWorn` once, when `worker` or its process reaches the first limit. Call the result to stop watching. */
export function watchRecycleLimits(
  limits: WearLimits,
  observe: App["observe"],
  onWorn: (reason: WearReason) => void,
  worker: Pick<Worker, "settled">,
): () => void {
  checkWearLimits(limits, "watchWear");
  const { maxJobs = Number.POSITIVE_INFINITY, maxMemoryBytes, maxAgeMs } = limits;
  const stops: (() => void)[] = [];
  const stop = () => {
    for (const one of stops.splice(0)) one();
  };
  const worn = (reason: WearReason) => {
    stop();
    onWorn(reason);
  };
  stops.push(
    observe(({ type }) => {
      if (type === "worker.started" && maxAgeMs !== undefined)
        stops.push(systemClock.schedule(maxAgeMs, () => worn("max_time")));
      if (worker.settled >= maxJobs) worn("max_jobs");
    }),
  );
  if (maxMemoryBytes !== undefined) {
    const look = () => {
      if (process.memoryUsage.rss() >= maxMemoryBytes) worn("max_memory");
    };
    stops.push(repeat(systemClock, LOOK_MS, look));
  }
  return stop;
}
