import { toError } from "../../errors/to-error.ts";
import { createRuntime, type Runtime } from "../../runtime/runtime.ts";
import { currentRun, followRuns } from "../run/execution.ts";
import type { Run } from "../run/run.ts";

/** A worker that owns its process, see {@link handleUncaughtErrors}. */
export interface ProcessOwner {
  /** An uncaught exception: the process must end, after the other jobs. */
  onException(): void;
  /** Called for each uncaught error of one of its jobs, and of code outside of any job. */
  onUncaught(thrown: unknown, isOfJob: boolean): void;
  /** Whether a run is of this worker, which then logs it. */
  owns(run: Run): boolean;
  readonly runtime: Pick<Runtime, "logger" | "report">;
}

/** The workers that own this process; they share one listener. */
const owners = new Set<ProcessOwner>();

const LISTENERS = [
  ["unhandledRejection", onRejection],
  ["uncaughtException", onException],
] as const;

/**
 * Handles uncaught errors of the process until the result is called. The job that caused an error is found by its async
 * context and fails as `uncaught`; the others continue.
 */
export function handleUncaughtErrors(owner: ProcessOwner): () => void {
  if (owners.size === 0) for (const [event, listener] of LISTENERS) process.on(event, listener);
  owners.add(owner);
  const unfollow = followRuns();
  return () => {
    unfollow();
    owners.delete(owner);
    if (owners.size === 0) for (const [event, listener] of LISTENERS) process.off(event, listener);
  };
}

function onRejection(reason: unknown): void {
  const wasBlamed = blame(currentRun(), reason, "an unhandled rejection");
  if (!wasBlamed) endAll();
}

function onException(error: unknown): void {
  blame(currentRun(), error, "an uncaught exception");
  endAll();
}

/** The state of the process is unknown, so all its workers stop. */
function endAll(): void {
  for (const { onException: end } of [...owners]) end();
}

/** Whether a job was found that caused it. */
function blame(run: Run | undefined, thrown: unknown, what: string): boolean {
  if (run === undefined) {
    const message = `${what} outside of any job; the worker drains and ends`;
    for (const { logger, report } of runtimes())
      report({ source: "process", err: thrown }, message, logger.error);
    for (const owner of oneOfEachApp()) owner.onUncaught(thrown, false);
    return false;
  }
  const { logger, report } = runtimeOf(run);
  ownerOf(run)?.onUncaught(thrown, true);
  const fields = { err: thrown, job: run.ref.id, task: run.ref.task };
  if (run.isEnding) {
    const message = `${what} in code that a finished job left behind`;
    report({ source: "process", ...fields }, message, logger.error);
    return true;
  }
  logger.error(fields, `${what} in a job; it fails`);
  run.interrupt({ kind: "uncaught", error: toError(thrown) });
  return true;
}

/** One worker of each app: all of them end, so each app reports it once. */
function oneOfEachApp(): readonly ProcessOwner[] {
  return [...new Map([...owners].map((owner) => [owner.runtime.report, owner])).values()];
}

function runtimes(): readonly ProcessOwner["runtime"][] {
  const apps = oneOfEachApp();
  return apps.length === 0 ? [createRuntime()] : apps.map(({ runtime }) => runtime);
}

function ownerOf(run: Run): ProcessOwner | undefined {
  return [...owners].find((owner) => owner.owns(run));
}

function runtimeOf(run: Run): ProcessOwner["runtime"] {
  const [first = createRuntime()] = runtimes();
  return ownerOf(run)?.runtime ?? first;
}
