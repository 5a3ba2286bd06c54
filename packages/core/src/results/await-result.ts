import { isJobsError } from "../errors/jobs-error.ts";
import { optionsCheck } from "../options/check-options.ts";
import { having, ms, number } from "../options/option-rules.ts";
import { sleep } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type JobResult, LONGEST_LOOK_PAUSE_MS, type ResultStore } from "./result-store.ts";

/** How to ask for a result. */
export interface ResultOptions {
  /** How long to wait for one that is not there yet, in ms. Default 0. */
  readonly waitMs?: number;
  /**
   * Only of a job that was enqueued then or later, in ms since 1970, such as `enqueuedAt` of the enqueued job: of an
   * earlier job of the same id nothing is told. Default: of any.
   */
  readonly since?: number | undefined;
  /** Ends the wait; then the answer is what is known. */
  readonly signal?: AbortSignal;
}

/** Checks how a result is asked for. */
export const checkResultOptions = optionsCheck<ResultOptions>({
  waitMs: ms(true),
  since: number,
  signal: having("an AbortSignal", "addEventListener"),
});

/** The first pause between two looks; later ones are longer, since most waits are for short jobs. */
const FIRST_PAUSE_MS = 20;

/**
 * The result of a job, waited for by looking again; `undefined` when the time is up. A store that does not answer for
 * a while is asked again like one that has nothing. @throws the store's last error when it never answered
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

/** Whether a result is of a job before the one that is asked for. */
function isOlder({ enqueuedAt }: JobResult, since: number | undefined): boolean {
  return since !== undefined && enqueuedAt !== undefined && enqueuedAt < since;
}
