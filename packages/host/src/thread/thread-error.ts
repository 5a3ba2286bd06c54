import { FatalError, isJobsError, RetryLater } from "@jobs/core";
import { describeThrown, toError } from "@jobs/core/runtime";
import type { ThrownInThread } from "./thread-messages.ts";

/** The thrown value as data that can leave the thread. It never throws. */
export function packError(thrown: unknown): ThrownInThread {
  if (isJobsError(thrown, "retry_later")) {
    return { type: "later", delayMs: (thrown as RetryLater).delayMs, message: describeThrown(thrown) };
  }
  if (isJobsError(thrown, "fatal")) return { type: "fatal", reason: describeThrown(thrown) };
  if (typeof thrown === "string") return { type: "other", text: thrown };
  const { name, message, stack } = toError(thrown);
  return { type: "error", name, message, stack };
}

/** Restores the error in the worker's thread, with the fields that decide what follows the failure. */
export function unpackError(thrown: ThrownInThread): unknown {
  if (thrown.type === "later") return new RetryLater(thrown.delayMs, thrown.message);
  if (thrown.type === "fatal") return new FatalError(thrown.reason);
  if (thrown.type === "other") return thrown.text;
  const { name, message, stack } = thrown;
  const error = Object.assign(new Error(message), { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}
