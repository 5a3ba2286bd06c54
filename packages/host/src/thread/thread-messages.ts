import type { MessagePort } from "node:worker_threads";
import type { JobContext } from "@jobs/core";
import type { JobLog } from "@jobs/core/runtime";

/** What a thread knows of its job: the plain data of a handler's context. */
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
  /** For what the handler says while it runs. */
  readonly port: MessagePort;
}

/** What a handler says while it runs. */
export type ThreadMessage =
  | { readonly type: "progress"; readonly value: unknown }
  | {
      readonly type: "log";
      readonly level: keyof JobLog;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>> | undefined;
    }
  /** It says nothing more. The port itself does not tell: a thread sleeps deeply after its job. */
  | { readonly type: "end" };

/** How a run ended. An error travels as plain data: a thread's copy would lose its name and what it asks for. */
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
