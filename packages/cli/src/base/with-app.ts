import { keepAliveClock, withDeadline } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";
import { type AppNeeds, type OpenedApp, openApp } from "../project/open-app.ts";
import { DEFAULT_TIMEOUT_MS } from "./global-flags.ts";

/** What a command of bounded length needs. */
export interface BoundedNeeds extends AppNeeds {
  readonly flags: AppNeeds["flags"] & { readonly timeout?: number | undefined };
}

/**
 * Opens the app, does something with it and closes it, whatever happens.
 * @throws CliError `timed_out` after `--timeout`; the work itself is not interrupted, the process ends soon after.
 */
export async function withApp<T>(needs: BoundedNeeds, work: (opened: OpenedApp) => Promise<T>): Promise<T> {
  await using opened = await openApp(needs);
  return await within(needs.flags.timeout, work(opened));
}

/** Resolves as `work` does, unless that takes too long. @throws CliError `timed_out` */
export async function within<T>(timeout: number | undefined, work: Promise<T>): Promise<T> {
  const timeoutMs = timeout ?? DEFAULT_TIMEOUT_MS;
  return await withDeadline(keepAliveClock, timeoutMs, work, () => noAnswer(timeoutMs));
}

function noAnswer(timeoutMs: number): CliError {
  return new CliError("timed_out", `no answer within ${timeoutMs} ms.`, {
    hint: "Check that the broker runs and can be reached, or raise --timeout.",
  });
}
