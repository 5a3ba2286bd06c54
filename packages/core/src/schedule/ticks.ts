import { cronTicks, type Ticks } from "./cron-ticks.ts";
import type { Cadence } from "./schedule.ts";

/** The ticks of a cadence that `defineSchedule` has checked. @throws Error for another one */
export function ticksOf(cadence: Cadence): Ticks {
  return "everyMs" in cadence ? everyTicks(cadence.everyMs) : cronTicks(cadence.cron, cadence.timeZone);
}

/** A cadence in one line, the same for the same ticks. */
export function cadenceText(cadence: Cadence): string {
  return "everyMs" in cadence ? `every ${cadence.everyMs}` : `${cadence.cron} ${cadence.timeZone}`;
}

function everyTicks(everyMs: number): Ticks {
  const before = (ms: number) => Math.floor(ms / everyMs) * everyMs;
  return {
    after: (ms) => before(ms) + everyMs,
    latest: (until, count) =>
      Array.from({ length: count }, (_, index) => before(until) - (count - 1 - index) * everyMs),
  };
}
