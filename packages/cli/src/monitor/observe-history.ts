import { isJobsError } from "@jobs/core";
import { type HistoryStore, LATEST_EVENT, MAX_HISTORY_PAGE } from "@jobs/core/broker";
import { describeThrown, keepAliveClock, sleep } from "@jobs/core/runtime";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { warn } from "../output/warn.ts";
import { outputSink } from "./event-sink.ts";

/** Time between two looks for new events, in ms. */
const LOOK_MS = 500;

/** Which events to print. */
export interface ObserveOptions {
  /** Whether to wait for later events, until the process is stopped. */
  readonly follow: boolean;
  /** How far back, in ms. Default: all kept events, or with `follow` only later ones. */
  readonly sinceMs: number | undefined;
}

/** Prints events of the feed with a cursor of its own, so that no other reader misses one. Closes the store. */
export async function observeHistory(
  history: HistoryStore,
  { follow, sinceMs }: ObserveOptions,
  output: Output,
): Promise<ExitCode> {
  const absent = history.absence?.();
  if (absent !== undefined) warn(`the history is empty: ${absent}.`);
  const sink = outputSink(output, output.isJson);
  const since = sinceMs === undefined ? Number.NEGATIVE_INFINITY : Date.now() - sinceMs;
  const read = follow ? patient(history) : history.events;
  let after = follow && sinceMs === undefined ? LATEST_EVENT : undefined;
  try {
    for (let isAbsent = absent !== undefined; isAbsent; isAbsent = history.absence?.() !== undefined) {
      if (!follow) return EXIT.ok;
      // The first event comes after this start.
      after = undefined;
      await sleep(keepAliveClock, LOOK_MS);
    }
    for (;;) {
      const { events, cursor } = await read({ after, limit: MAX_HISTORY_PAGE });
      await sink.write(events.filter(({ at }) => at >= since));
      const isAtEnd = events.length === 0;
      if (isAtEnd && after !== LATEST_EVENT && !follow) return EXIT.ok;
      after = cursor;
      if (isAtEnd) await sleep(keepAliveClock, LOOK_MS);
    }
  } finally {
    await history.close();
  }
}

/** Asks again while the store is away, if it has answered before. */
function patient(history: HistoryStore): HistoryStore["events"] {
  let isKnown = false;
  return async (from) => {
    for (let failures = 0; ; failures++) {
      try {
        const page = await history.events(from);
        if (failures > 0) warn("the history answers again.");
        isKnown = true;
        return page;
      } catch (error) {
        if (!isKnown || !isJobsError(error, "broker_unavailable") || !error.retryable) throw error;
        if (failures === 0) warn(`the history does not answer, it is asked again: ${describeThrown(error)}`);
        await sleep(keepAliveClock, LOOK_MS);
      }
    }
  };
}
