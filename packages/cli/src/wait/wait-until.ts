import { isJobsError } from "@jobs/core";
import { formatDuration } from "@jobs/core/config";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";
import { openProgress } from "../output/open-progress.ts";

/** What one look found. */
export interface Look {
  readonly isDone: boolean;
  /** What is in the way, for people: `12 jobs of mail are left`. */
  readonly status: string;
  /** The same for programs. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** How long and how often to look. */
export interface WaitOptions {
  readonly timeoutMs: number;
  /** The longest time between two looks. The first ones are closer together. */
  readonly everyMs: number;
  /** How many looks in a row have to find that it is done. */
  readonly looks: number;
}

/** The time between the first two looks, in ms. Each later one is twice as long. */
const FIRST_MS = 250;

/**
 * Looks until it is done. A server that is away for a while does not end the wait, unless the first look fails.
 * @throws CliError `timed_out` · what the last look has thrown
 */
export async function waitUntil(
  look: () => Promise<Look>,
  { timeoutMs, everyMs, looks }: WaitOptions,
): Promise<Look> {
  const endAt = keepAliveClock.monotonic() + timeoutMs;
  const shownEnd = Date.now() + timeoutMs;
  using progress = await openProgress("waiting");
  let last = await look();
  let inRow = 0;
  let failure: unknown;
  for (let pauseMs = FIRST_MS; ; pauseMs *= 2) {
    inRow = last.isDone && failure === undefined ? inRow + 1 : 0;
    if (inRow === looks) return last;
    progress?.wait(last.status, shownEnd, timeoutMs);
    const leftMs = endAt - keepAliveClock.monotonic();
    if (leftMs <= 0) break;
    await sleep(keepAliveClock, Math.min(pauseMs, everyMs, leftMs));
    try {
      last = await look();
      failure = undefined;
    } catch (error) {
      if (!isJobsError(error, "broker_unavailable")) throw error;
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  throw new CliError("timed_out", `after ${formatDuration(timeoutMs)} ${last.status}.`, {
    hint: "Wait longer by --timeout, or look what keeps them.",
    details: last.details,
  });
}
