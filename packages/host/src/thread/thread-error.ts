import { FatalError, isJobsError, RetryLater } from "@jobs/core";
import { describeThrown, toError } from "@jobs/core/runtime";
import type { ThrownInThread } from "./thread-messages.ts";

/** What was thrown, as data that can leave the thread. Never throws, whatever it is. */
export function packError(thrown: unknown): ThrownInThread {
  if (isJobsError(thrown, "retry_later")) {
    return { type: "later", delayMs: (thrown as RetryLater).delayMs, message: describeThrown(thrown) };
  }
  if (isJobsError(thrown, "fatal")) return { type: "fatal", reason: describeThrown(thrown) };
  if (typeof thrown === "string") return { type: "other", text: thrown };
  const { name, message, stack } = toError(thrown);
  return { type: "error", name, message, stack };
}

/** The same on the other side: what the worker decides by is there again. */
export function unpackError(thrown: ThrownInThread): unknown {
  if (thrown.type === "later") return new RetryLater(thrown.delayMs, thrown.message);
  if (thrown.type === "fatal") return new FatalError(thrown.reason);
  if (thrown.type === "other") return thrown.text;
  const { name, message, stack } = thrown;
  const error = Object.assign(new Error(message), { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}
