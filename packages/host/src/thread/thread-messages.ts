import type { MessagePort } from "node:worker_threads";
import type { JobContext } from "@jobs/core";
import type { JobLog } from "@jobs/core/runtime";

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
