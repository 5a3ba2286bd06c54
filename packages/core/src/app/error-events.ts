import { deadLetterError, errorOf } from "../errors/serialized-error.ts";
import type { Observer } from "../job/lifecycle.ts";
import type { TellError } from "../job/on-error.ts";

/** Tells `onError` of the events that are errors. A copy of the job: whoever is told cannot change a run by it. */
export function observeErrors(tell: TellError): Observer {
  return (event) => {
    switch (event.type) {
      case "job.failed": {
        const { error, job, willRetry } = event;
        return tell(errorOf(error), { source: "run", job: { ...job }, willRetry });
      }
      case "job.dead": {
        const { error, job, reason } = event;
        const why = error ?? deadLetterError(reason);
        return tell(errorOf(why), { source: "dead_letter", job: { ...job }, reason });
      }
      case "job.step_delayed": {
        const { error, job, step } = event;
        return tell(errorOf(error), { source: "completion_step", job: { ...job }, step });
      }
      case "broker.lost": {
        const message = "the broker does not answer; trying again until it does";
        return tell(errorOf(event.error), { source: "broker", message, queue: event.queue });
      }
    }
  };
}
