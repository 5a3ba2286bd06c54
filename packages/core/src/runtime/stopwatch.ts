import { readFileSync } from "node:fs";

/**
 * Starts a stopwatch for tests with a time limit; the result returns the ms since then. Only time counts in which every
 * program that wanted a processor had one. So a limit judges how long the product waits, and not how busy the machine
 * is. Linux measures this for the whole machine (`/proc/pressure/cpu`). Elsewhere all time counts.
 */
export function startStopwatch(): () => number {
  const startedAt = performance.now();
  const starvedBefore = starvedMs();
  return () => {
    const elapsedMs = performance.now() - startedAt;
    return Math.max(0, elapsedMs - (starvedMs() - starvedBefore));
  };
}

/**
 * How long at least one program had to wait for a processor since the machine started, in ms; 0 where that is not
 * measured.
 */
export function starvedMs(): number {
  const microseconds = /^some .* total=(\d+)$/m.exec(readPressure())?.[1];
  return Number(microseconds ?? 0) / 1_000;
}

function readPressure(): string {
  try {
    return readFileSync("/proc/pressure/cpu", "utf8");
  } catch {
    return "";
  }
}
