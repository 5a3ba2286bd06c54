import type { MessagePort } from "node:worker_threads";
import { FatalError, isJobsError, type JobContext, RetryLater, type Task, type TaskOutput } from "@jobs/core";
import { describeThrown, type JobLog, toError } from "@jobs/core/runtime";

/** The job of a thread: the plain data of a handler's context. */
export type ThreadJob = Pick<
  JobContext,
  "id" | "task" | "attempt" | "maxAttempts" | "queue" | "domain" | "headers" | "enqueuedAt" | "idempotencyKey"
>;

/** One run of a job in a thread. */
export interface ThreadOrder {
  /** URL of the module that has the handler. */
  readonly module: string;
  readonly params: unknown;
  readonly job: ThreadJob;
  /** For logs and progress of the running handler. */
  readonly port: MessagePort;
}

/** Logs and progress of a running handler. */
export type ThreadMessage =
  | { readonly type: "progress"; readonly value: unknown }
  | {
      readonly type: "log";
      readonly level: keyof JobLog;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>> | undefined;
    }
  /** The last message. Closing the port is not enough: an idle thread does not deliver its `close` event. */
  | { readonly type: "end" };

/** How a run ended. An error is sent as plain data: a copy of it would lose its name and its fields. */
export type ThreadOutcome =
  | { readonly status: "returned"; readonly value: unknown }
  | { readonly status: "threw"; readonly error: ThrownInThread };

/** An error on its way out of a thread. */
export type ThrownInThread =
  | { readonly type: "later"; readonly delayMs: number; readonly message: string }
  | { readonly type: "fatal"; readonly reason: string }
  | {
      readonly type: "error";
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
    }
  /** A text that was thrown. */
  | { readonly type: "other"; readonly text: string };

/** The context of a handler in a thread. It has no signal: a run that is out of time is ended with its thread. */
export type ThreadContext = ThreadJob & Pick<JobContext, "log" | "progress">;

/**
 * A handler in a thread, as its module exports it: `export const handler: ThreadHandler<typeof resize> = …`.
 * Parameters and result are copied, so they are data.
 */
export type ThreadHandler<T extends Task = Task> = (params: TaskOutput<T>, ctx: ThreadContext) => unknown;

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
