import type { DeadReason } from "@jobs/core/broker";
import type { Row } from "./release.ts";

/** Which release of the application a process is. */
export type ReleaseNumber = 1 | 2 | 3;

/** The settings of a process, as one argument in JSON. */
export interface RollingOrders {
  readonly release: ReleaseNumber;
  readonly broker: string;
  readonly address: string;
  /** How long its worker holds a job each time, in ms, instead of 30 s and more. Left out: as the product does. */
  readonly holdMs?: number;
}

/** What the supervisor asks for, with a message each. */
export type RollingRequest =
  /** Enqueue so many jobs of each row, as if it was so many ms ago. */
  | { readonly type: "send"; readonly batch: string; readonly jobs: number; readonly agoMs: number }
  /** Start a worker that ends after so many settlements; `null`: when it is stopped. */
  | { readonly type: "work"; readonly jobs: number | null }
  | { readonly type: "stop" }
  | { readonly type: "close" };

/** What became of a job. */
export interface JobFate {
  readonly type: "succeeded" | "held" | "dead";
  readonly row: Row;
  readonly id: string;
  readonly reason?: DeadReason;
  readonly message?: string;
}

/** What a process says: the answers to requests, and what became of jobs in its worker. */
export type RollingReply =
  | { readonly type: "sent"; readonly ids: readonly string[] }
  | { readonly type: "working" | "stopped" | "open" }
  | JobFate;
