import { type App, ConfigError, type JobResult } from "@jobs/core";
import { DEFAULT_TIMEOUT_MS } from "../base/global-flags.ts";
import { openProgress } from "../output/open-progress.ts";
import { failUnlessSucceeded, noResultWithin } from "../results/print-result.ts";

/** The flags that limit how long a command takes. */
export interface WaitFlags {
  readonly timeout?: number | undefined;
  /** In ms. */
  readonly wait?: number | undefined;
}

/** Jobs to wait for. */
export interface SentJobs {
  readonly ids: readonly string[];
  /** When they were enqueued, in ms since 1970; `undefined` where that is not known. */
  readonly since: number | undefined;
}

/** Adds the wait to the timeout, since `--timeout` does not limit the wait. */
export function withWait<Flags extends WaitFlags>(flags: Flags): Flags {
  if (flags.wait === undefined) return flags;
  return { ...flags, timeout: (flags.timeout ?? DEFAULT_TIMEOUT_MS) + flags.wait };
}

/** Called before anything is sent. @throws ConfigError if no results are kept, or no worker can store them here */
export function refuseVainWait(app: App): void {
  const why = whyVain(app);
  if (why === undefined) return;
  throw new ConfigError(`--wait: this app keeps ${why}.`, {
    hint: "Name a store by --results, JOBS_RESULTS or the configuration file: the same one as the workers'.",
  });
}

function whyVain({ results, config }: App): string | undefined {
  if (results === undefined) return "no results to wait for";
  if (results.reach === "process") return "results in the memory of each process, where no worker puts them";
  if (config.worker.resultTtlMs <= 0) return "no result for any time (resultTtl is 0)";
  return undefined;
}

/**
 * The result of the last job of a chain; `undefined` without a wait. Results of earlier jobs of these ids do not count,
 * see `ResultOptions.since`. @throws CliError `job_failed` for the first that has not succeeded, `timed_out` when the
 * time is up
 */
export async function waitForLast(
  app: App,
  { ids, since }: SentJobs,
  waitMs: number | undefined,
): Promise<JobResult | undefined> {
  if (waitMs === undefined) return undefined;
  const endAt = Date.now() + waitMs;
  using progress = await openProgress("waiting for");
  let last: JobResult | undefined;
  for (const [index, id] of ids.entries()) {
    const step = ids.length > 1 ? `, job ${index + 1} of ${ids.length}` : "";
    progress?.wait(`${id}${step}`, endAt, waitMs);
    last = await app.result(id, { since, waitMs: Math.max(0, endAt - Date.now()) });
    if (last === undefined) throw noResultWithin(id, waitMs);
    failUnlessSucceeded(last);
  }
  return last;
}
