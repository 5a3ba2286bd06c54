import { type App, BrokerUnavailableError, isJobsError, type JobsError } from "@jobs/core";
import { type Cancel, keepAliveClock } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";
import { type AppNeeds, closeSoon, type OpenedApp, openApp } from "../project/open-app.ts";
import { DEFAULT_TIMEOUT_MS } from "./global-flags.ts";

/** What a command of bounded length needs. */
export interface BoundedNeeds extends AppNeeds {
  readonly flags: AppNeeds["flags"] & { readonly timeout?: number | undefined };
}

/**
 * Opens the app, runs `work` with it, and always closes it.
 * @throws as {@link within}. `work` is not interrupted then, but the process ends soon after.
 */
export async function withApp<T>(needs: BoundedNeeds, work: (opened: OpenedApp) => Promise<T>): Promise<T> {
  await using opened = await openApp(needs);
  const { hasBroker = true, use = "change", flags } = needs;
  const isReading = !hasBroker || use !== "change";
  return await within({ app: opened.app, hasBroker, isReading, timeout: flags.timeout }, work(opened));
}

/** Work of bounded length. */
export interface Bounds {
  readonly app: App;
  /** Whether the work asks the broker. Default true. */
  readonly hasBroker?: boolean;
  /** Whether the work only reads. Then nothing can have been sent. Default false. */
  readonly isReading?: boolean;
  /** `--timeout`, in ms. */
  readonly timeout: number | undefined;
}

/**
 * Resolves as `work` does, unless that takes longer than `--timeout`.
 * @throws BrokerUnavailableError if a server has not answered by then · CliError `timed_out` if all servers answer
 */
export async function within<T>(bounds: Bounds, work: Promise<T>): Promise<T> {
  const { app, hasBroker = true, isReading = false, timeout } = bounds;
  const timeoutMs = timeout ?? DEFAULT_TIMEOUT_MS;
  const silent = new Set<string>();
  let cancel: Cancel | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    // Adapters also report a server that cannot be reached, but too late for a limit of a few seconds. The second half
    // begins when they were asked: in a process that was held up, two timers would come at once.
    cancel = keepAliveClock.schedule(timeoutMs / 2, () => {
      askServers(app, hasBroker, silent);
      cancel = keepAliveClock.schedule(timeoutMs / 2, () => {
        closeSoon(app);
        reject(tooLate(timeoutMs, silent, !isReading));
      });
    });
  });
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    cancel?.();
  }
}

/** Asks each server that the work needs for something small. `silent` holds those that have not answered yet. */
function askServers(app: App, hasBroker: boolean, silent: Set<string>): void {
  const ask = (kind: string, question: () => Promise<unknown>) => {
    silent.add(kind);
    const answered = () => silent.delete(kind);
    // A refusal is an answer.
    question().then(answered, (error) => isJobsError(error, "broker_unavailable") || answered());
  };
  const { broker, results, history } = app;
  if (hasBroker && broker !== undefined) ask(broker.kind, () => app.stats(app.queues[0] ?? "default"));
  if (results !== undefined) ask(results.kind, () => results.get("an-id"));
  if (history !== undefined) ask(history.kind, () => history.job("an-id"));
}

function tooLate(timeoutMs: number, [silent]: Iterable<string>, maybeSent: boolean): JobsError | CliError {
  const message = `no answer within ${timeoutMs} ms.`;
  const hint = "Check that it runs and can be reached, or raise --timeout.";
  // If a broker does not answer, it is unknown whether it received the message.
  if (silent !== undefined)
    return new BrokerUnavailableError({ broker: silent }, message, { hint, maybeSent });
  return new CliError("timed_out", `not done within ${timeoutMs} ms.`, { hint: "Raise --timeout." });
}
