import type { LifecycleEvent, Logger, Observer } from "@jobs/core";
import { errorOf, type JsonObject, type SerializedError } from "@jobs/core/broker";

/**
 * Writes what happens to jobs into the log. Normal events of a job are `debug`, since a worker may run thousands per
 * second. Events that may need an action are `warn` or `error`. Only the line of a failure has parameters, if the
 * task's setting `logParams` says so.
 */
export function logEvents(logger: Logger): Observer {
  return (event) => {
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
