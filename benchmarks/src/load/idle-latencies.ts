import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../harness/spread.ts";

/** Sends a job; `onStart` is called when its handler starts. */
export type SendIdle = (onStart: () => void) => Promise<unknown>;

/** Sends `jobs` jobs, each to a worker that has nothing to do, and measures the time until its start in ms. */
export async function idleLatencies(
  jobs: number,
  send: SendIdle,
): Promise<{ readonly "start p50": number; readonly "start p99": number }> {
  const latencies: number[] = [];
  for (let n = 0; n < jobs; n++) {
    // Enough time to become idle again, and no multiple of any poll interval.
    await sleep(10 + ((n * 7) % 23));
    const sentAt = performance.now();
    await untilStarted(send, () => latencies.push(performance.now() - sentAt));
  }
  latencies.sort((a, b) => a - b);
  return { "start p50": percentile(latencies, 0.5), "start p99": percentile(latencies, 0.99) };
}

/** Sends jobs one after the other, each when the last one has started. So most code of that way is compiled afterwards. */
export async function startInTurn(jobs: number, send: SendIdle): Promise<void> {
  for (let n = 0; n < jobs; n++) await untilStarted(send, () => {});
}

async function untilStarted(send: SendIdle, note: () => void): Promise<void> {
  let onStart = () => {};
  const started = new Promise<void>((resolve) => {
    onStart = resolve;
  });
  await Promise.all([send(onStart), started.then(note)]);
}
