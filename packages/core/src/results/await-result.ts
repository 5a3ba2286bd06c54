import { isJobsError } from "../errors/jobs-error.ts";
import { optionsCheck } from "../options/check-options.ts";
import { having, ms, number } from "../options/option-rules.ts";
import { sleep } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type JobResult, keepResult, LONGEST_LOOK_PAUSE_MS, type ResultStore } from "./result-store.ts";

/** Options of a request for a result. */
export interface ResultOptions {
  /** How long to wait for a missing result, in ms. Default 0. */
  readonly waitMs?: number;
  /**
   * Ignores results of earlier jobs with the same id: the earliest time of the enqueue, in ms since 1970. Use
   * `enqueuedAt` of the enqueued job. Default: any.
   */
  readonly since?: number | undefined;
  /** Ends the wait; it then returns the result known so far. */
  readonly signal?: AbortSignal;
}

/** Checks the options of a request for a result. */
export const checkResultOptions = optionsCheck<ResultOptions>({
  waitMs: ms(true),
  since: number,
  signal: having("an AbortSignal", "addEventListener"),
});

/** The first pause between two reads, in ms. Later ones are longer, since most waits are for short jobs. */
const FIRST_PAUSE_MS = 20;

/** Where results are looked for. */
export interface ResultSources {
  readonly store: ResultStore;
  /** How long to keep a result that was found elsewhere, in ms. */
  readonly ttlMs: number;
  /** Asked if the store has no result. Absent if no other system runs the jobs. */
  readonly elsewhere?: ((id: string) => Promise<JobResult | undefined>) | undefined;
}

/**
 * Polls for the result of a job; `undefined` when the time is over. An error of the store counts like a missing
 * result. A result that is found elsewhere goes into the store.
 * @throws the store's error if the last read failed, or at once if a retry cannot help
 */
export async function awaitResult(
  sources: ResultSources,
  id: string,
  { waitMs = 0, since, signal }: ResultOptions,
  { clock }: Pick<Runtime, "clock">,
): Promise<JobResult | undefined> {
  const endAt = clock.monotonic() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_LOOK_PAUSE_MS, pauseMs * 1.5)) {
    const leftMs = () => endAt - clock.monotonic();
    try {
      const result = await findResult(sources, id, since);
      if (result !== undefined || leftMs() <= 0 || signal?.aborted) return result;
    } catch (error) {
      if (!isJobsError(error) || !error.retryable || leftMs() <= 0 || signal?.aborted) throw error;
    }
    await sleep(clock, Math.min(pauseMs, leftMs()), signal);
  }
}

async function findResult(
  { store, ttlMs, elsewhere }: ResultSources,
  id: string,
  since: number | undefined,
): Promise<JobResult | undefined> {
  const kept = await store.get(id);
  if (kept !== undefined && !isOlder(kept, since)) return kept;
  const found = await elsewhere?.(id);
  if (found === undefined || isOlder(found, since)) return undefined;
  await keepResult(store, found, ttlMs);
  return found;
}

/** Whether a result is of an earlier job than the requested one. */
function isOlder({ enqueuedAt }: JobResult, since: number | undefined): boolean {
  return since !== undefined && enqueuedAt !== undefined && enqueuedAt < since;
}
