import { toError } from "../errors/to-error.ts";
import { keepAliveClock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import { currentRun, followRuns } from "./current-run.ts";
import type { Run } from "./run.ts";
import { listenToStopSignals, type StopSignalEvents } from "./stop-signals.ts";

/** What a {@link guardProcess} reports. */
export interface ProcessEvents extends StopSignalEvents {
  /** An exception nobody caught: the process must end, after the innocent jobs have. */
  onException(): void;
  readonly logger: Logger;
}

/**
 * Keeps the process alive and listens to signals and to errors nobody caught, until the result is called. The job whose code is to blame is found
 * by its async context and fails as `uncaught`; the others go on.
 */
export function guardProcess(events: ProcessEvents): () => void {
  const onRejection = (reason: unknown) => {
    const wasBlamed = blame(currentRun(), reason, "an unhandled rejection", events.logger);
    if (!wasBlamed) events.onException();
  };
  const onException = (error: unknown) => {
    blame(currentRun(), error, "an uncaught exception", events.logger);
    events.onException();
  };
  const listeners = [
    ["unhandledRejection", onRejection],
    ["uncaughtException", onException],
  ] as const;
  for (const [event, listener] of listeners) process.on(event, listener);
  // A broker without sockets leaves nothing that would keep an idle worker's process from ending.
  const letEnd = keepAliveClock.schedule(Number.POSITIVE_INFINITY, () => {});
  const unlisten = listenToStopSignals(events);
  const unfollow = followRuns();
  return () => {
    unfollow();
    unlisten();
    letEnd();
    for (const [event, listener] of listeners) process.off(event, listener);
  };
}

/** Whether a job was found to answer for it. */
function blame(run: Run | undefined, thrown: unknown, what: string, logger: Logger): boolean {
  if (run === undefined) {
    logger.error({ err: thrown }, `${what} outside of any job; the worker drains and ends`);
    return false;
  }
  const fields = { err: thrown, job: run.ref.id, task: run.ref.task };
  if (run.isEnding) {
    logger.error(fields, `${what} in code that a finished job left behind`);
    return true;
  }
  logger.error(fields, `${what} in a job; it fails`);
  run.interrupt({ kind: "uncaught", error: toError(thrown) });
  return true;
}
