import { isJobsError } from "../errors/jobs-error.ts";
import { optionsCheck } from "../options/check-options.ts";
import { having, ms, number } from "../options/option-rules.ts";
import { sleep } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type JobResult, LONGEST_LOOK_PAUSE_MS, type ResultStore } from "./result-store.ts";

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

/**
 * Polls for the result of a job; `undefined` when the time is over. An error of the store counts like a missing result.
 * @throws the store's last error when it never answered
 */
export async function awaitResult(
  store: ResultStore,
  id: string,
  { waitMs = 0, since, signal }: ResultOptions,
  { clock }: Pick<Runtime, "clock">,
): Promise<JobResult | undefined> {
  const endAt = clock.monotonic() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_LOOK_PAUSE_MS, pauseMs * 1.5)) {
    const leftMs = () => endAt - clock.monotonic();
    try {
      const found = await store.get(id);
      const result = found !== undefined && isOlder(found, since) ? undefined : found;
      if (result !== undefined || leftMs() <= 0 || signal?.aborted) return result;
    } catch (error) {
      if (!isJobsError(error) || !error.retryable || leftMs() <= 0 || signal?.aborted) throw error;
    }
    await sleep(clock, Math.min(pauseMs, leftMs()), signal);
  }
}

/** Whether a result is of an earlier job than the requested one. */
function isOlder({ enqueuedAt }: JobResult, since: number | undefined): boolean {
  return since !== undefined && enqueuedAt !== undefined && enqueuedAt < since;
}
