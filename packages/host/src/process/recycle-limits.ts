import type { App, Worker } from "@jobs/core";
import { checkArgument, optionRules, optionsCheck, repeat, systemClock } from "@jobs/core/runtime";
import type { RecycleLimits, RecycleReason } from "../host.ts";

/** How often memory is checked, in ms. */
const LOOK_MS = 1_000;

/** Checks the limits of a process. */
export const checkRecycleLimits = optionsCheck<RecycleLimits>({
  maxJobs: optionRules.whole(1),
  maxMemoryBytes: optionRules.positive,
  maxAgeMs: optionRules.msAboveZero(true),
});

/** Calls `onLimit` once, when `worker` or its process reaches the first limit. Call the result to stop watching. */
export function watchRecycleLimits(
  limits: RecycleLimits,
  observe: App["observe"],
  onLimit: (reason: RecycleReason) => void,
  worker: Pick<Worker, "settled">,
): () => void {
  checkRecycleLimits(limits, "watchRecycleLimits");
  checkArgument(observe, "watchRecycleLimits: observe", optionRules.func);
  checkArgument(onLimit, "watchRecycleLimits: onLimit", optionRules.func);
  const { maxJobs = Number.POSITIVE_INFINITY, maxMemoryBytes, maxAgeMs } = limits;
  const stops: (() => void)[] = [];
  const stop = () => {
    for (const one of stops.splice(0)) one();
  };
  const reached = (reason: RecycleReason) => {
    stop();
    onLimit(reason);
  };
  stops.push(
    observe(({ type }) => {
      if (type === "worker.started" && maxAgeMs !== undefined)
        stops.push(systemClock.schedule(maxAgeMs, () => reached("max_time")));
      if (worker.settled >= maxJobs) reached("max_jobs");
    }),
  );
  if (maxMemoryBytes !== undefined) {
    const look = () => {
      if (process.memoryUsage.rss() >= maxMemoryBytes) reached("max_memory");
    };
    stops.push(repeat(systemClock, LOOK_MS, look));
  }
  return stop;
}
