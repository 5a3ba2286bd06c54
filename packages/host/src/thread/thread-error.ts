import { FatalError, isJobsError, RetryLater } from "@jobs/core";
import type { ThrownInThread } from "./thread-messages.ts";

/** What was thrown, as data that can leave the thread. */
export function packError(thrown: unknown): ThrownInThread {
  if (isJobsError(thrown, "retry_later")) {
    return { type: "later", delayMs: (thrown as RetryLater).delayMs, message: thrown.message };
  }
  if (isJobsError(thrown, "fatal")) return { type: "fatal", reason: thrown.message };
  if (!(thrown instanceof Error)) return { type: "other", text: String(thrown) };
  const { name, message, stack } = thrown;
  return { type: "error", name: String(name), message: String(message), stack };
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
