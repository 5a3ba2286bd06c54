import { callListener, toError } from "@jobs/core/runtime";

/** Calls a program's listener. Jobs move on, whatever becomes of the call; its error is a warning of the process. */
export function publishEvent(call: () => unknown): void {
  callListener(call, (error) => process.emitWarning(toError(error), "JobsListenerWarning"));
}
