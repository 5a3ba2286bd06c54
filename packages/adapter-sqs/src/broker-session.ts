import type { Clock } from "@jobs/core/runtime";
import type { SqsLink } from "./client/sqs-link.ts";
import type { QueueRegistry } from "./queue/queue-registry.ts";

/** What is counted in seconds, for tests to have in their hands. */
export interface Pace {
  /** On which leases and waits are measured. */
  readonly clock: Clock;
  /** Longest delay that SQS is asked for at once. */
  readonly maxDelaySeconds: number;
  /** How long SQS looks for dead letters before it says that there are none: without a wait it asks a part of its servers only. */
  readonly lookSeconds: number;
}

/** What the queues and consumers of one broker share. */
export interface BrokerSession {
  readonly link: SqsLink;
  /** Every queue that was looked up. */
  readonly queues: QueueRegistry;
  readonly pace: Pace;
  /** Aborts when the broker closes. */
  readonly closed: AbortSignal;
}
