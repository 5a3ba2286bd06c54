import { BrokerUnavailableError } from "@jobs/core";
import { KIND } from "./client/sqs-fault.ts";
import type { SqsLink } from "./client/sqs-link.ts";
import type { QueueBook } from "./queue/queue-book.ts";

/** What the queues and consumers of one broker share. */
export interface BrokerSession {
  readonly link: SqsLink;
  /** Every queue that was looked up. */
  readonly queues: QueueBook;
  /** Longest delay that SQS is asked for at once, in seconds. */
  readonly maxDelaySeconds: number;
  /** Aborts when the broker closes. */
  readonly closed: AbortSignal;
}

/** @throws BrokerUnavailableError once `closed` has aborted. */
export function assertOpen(closed: AbortSignal, queue: string): void {
  if (!closed.aborted) return;
  throw new BrokerUnavailableError({ broker: KIND, queue }, "it is closed.", {
    retryable: false,
    hint: "Open the queue again, or do not close the broker before its last call.",
  });
}
