import type { BackoffPlan } from "../envelope/envelope.ts";
import type { JobsError } from "../errors/jobs-error.ts";
import type { StoredMessage } from "./stored-message.ts";

/** A message to send. The broker does not interpret `body`. */
export interface OutgoingMessage {
  /** The job's id: up to 128 characters of `A–Z a–z 0–9 _ . -`. Also the dedupe key where the broker dedupes. */
  readonly id: string;
  /** The task's name, for the broker's native tools. */
  readonly label: string;
  /** Envelope text. */
  readonly body: string;
  /** Not before this many ms from now, by the broker's clock. Default 0. */
  readonly delayMs?: number;
  /** 0 normal … 9 first. Default 0. */
  readonly priority?: number;
  /** FIFO group or fair-queue key. */
  readonly groupKey?: string;
  /**
   * The most runs, by the task's settings. For workers of another system on the same queue: ours use their own
   * settings.
   */
  readonly maxAttempts?: number;
  /** The pause before a retry, for workers of another system. */
  readonly backoff?: BackoffPlan | undefined;
}

/** A message of another broker, with what has happened to it there. */
export interface RestoredMessage
  extends OutgoingMessage,
    Pick<StoredMessage, "deliveryCount" | "redrives" | "lastError" | "dead"> {
  /** Failed runs so far. A broker that keeps no failures counts each as a delivery. */
  readonly failureCount: number;
  /** Leases that ended without their worker. A broker that keeps no crashes counts each as a delivery. */
  readonly crashCount: number;
}

/**
 * The result of one message of a send. `duplicate`: a message with this id is already stored, and none was added. A
 * broker that remembers ids only for a while may return `sent`, with the id of the stored message.
 */
export type SendResult =
  | { readonly status: "sent"; readonly messageId: string }
  | { readonly status: "duplicate"; readonly messageId: string }
  | { readonly status: "failed"; readonly error: JobsError };
