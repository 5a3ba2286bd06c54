import type { LifecycleEvent, Observer } from "@jobs/core";
import { errorOf, type JsonObject, type SerializedError } from "@jobs/core/broker";
import { formatDuration } from "@jobs/core/config";
import type { WorkerLog } from "./create-logger.ts";
import type { RunEnd } from "./terminal-log.ts";

/**
 * Writes what happens to jobs into the log. People get one line for each run that has ended. In JSON normal events of a
 * job are `debug`, since a worker may run thousands per second. Events that may need an action are `warn` or `error`.
 * Only the line of a failure has parameters, if the task's setting `logParams` says so.
 */
export function logEvents(logger: WorkerLog): Observer {
  const ends = runEnds();
  return (event) => {
    const end = logger.ended === undefined ? undefined : ends(event);
    if (end !== undefined) return logger.ended?.(end);
    const fields = fieldsOf(event);
    switch (event.type) {
      case "job.failed":
      case "job.held":
        return logger.warn(fields, event.type);
      case "job.dead":
        return logger.error(fields, event.type);
      case "worker.started":
      case "worker.draining":
      case "worker.stopped":
        return logger.info(fields, event.type);
      // Core logs these itself, with more details.
      case "job.log":
      case "job.step_delayed":
      case "job.lease_lost":
      case "job.ack_lost":
      case "job.stuck":
      case "worker.uncaught":
      case "broker.lost":
      case "broker.back":
        return;
      default:
        return logger.debug(fields, event.type);
    }
  };
}

function fieldsOf(event: LifecycleEvent): Record<string, unknown> {
  const { type: _type, at: _at, ...rest } = event;
  if (!("job" in rest)) return rest;
  const { job, ...others } = rest;
  const {
    progress: _progress,
    params,
    ...shown
  } = others as {
    readonly progress?: unknown;
    readonly params?: JsonObject;
    readonly error?: SerializedError;
  };
  const { error, ...fields } = shown;
  const failedParams = event.type === "job.failed" && params !== undefined ? { params } : {};
  return { ...job, ...fields, ...failedParams, ...(error === undefined ? {} : { err: errorOf(error) }) };
}

/** Makes the line of a run's end from an event; `undefined` for events of other kinds. */
function runEnds(): (event: LifecycleEvent) => RunEnd | undefined {
  // A dead letter has the error of its last failure, whose line has shown it.
  const shown = createShownErrors();
  return (event) => {
    if (!("job" in event)) return undefined;
    const { id, task, attempt } = { attempt: 1, ...event.job };
    const job = { id, task };
    switch (event.type) {
      case "job.succeeded": {
        const { durationMs } = event;
        return { ...job, level: "info", outcome: "succeeded", durationMs, fields: again(attempt) };
      }
      case "job.failed": {
        const { durationMs, params, error, willRetry } = event;
        if (!willRetry) shown.add(id, error);
        const fields = { attempt, params, err: errorOf(error) };
        return { ...job, level: "warn", outcome: "failed", durationMs, fields };
      }
      case "job.dead": {
        const { reason, error } = event;
        const err = error === undefined || shown.take(id, error) ? undefined : errorOf(error);
        return { ...job, level: "error", outcome: "dead", fields: { reason, err } };
      }
      case "job.held": {
        const { reason, delayMs } = event;
        return { ...job, level: "warn", outcome: "held", fields: { reason, for: formatDuration(delayMs) } };
      }
      case "job.snoozed": {
        const fields = { for: formatDuration(event.delayMs), ...again(attempt) };
        return { ...job, level: "info", outcome: "snoozed", fields };
      }
      case "job.released":
        return { ...job, level: "info", outcome: "released", fields: again(attempt) };
      case "job.cancelled":
        return { ...job, level: "info", outcome: "cancelled", fields: again(attempt) };
      default:
        return undefined;
    }
  };
}

/** The attempt, if it is not the first. */
function again(attempt: number): { readonly attempt?: number } {
  return attempt > 1 ? { attempt } : {};
}

/** The most failures that wait for their dead letter: as many as a worker settles at once, and more. */
const MAX_SHOWN = 1_000;

/** Errors of last attempts that were shown, by id of their job. */
function createShownErrors() {
  const texts = new Map<string, string>();
  const textOf = ({ name, message, stack }: SerializedError) => stack ?? `${name}: ${message}`;
  return {
    add(id: string, error: SerializedError): void {
      texts.set(id, textOf(error));
      // A dead letter that is never confirmed has no event.
      const [oldest = id] = texts.keys();
      if (texts.size > MAX_SHOWN) texts.delete(oldest);
    },
    /** Whether it was shown for this job; it is not remembered any longer. */
    take(id: string, error: SerializedError): boolean {
      const isShown = texts.get(id) === textOf(error);
      texts.delete(id);
      return isShown;
    },
  };
}
