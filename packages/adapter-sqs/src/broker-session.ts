import type { BrokerConsumer } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { SqsLink } from "./client/sqs-link.ts";
import type { QueueRegistry } from "./queue/queue-registry.ts";

/** Times that tests can change. */
export interface Pace {
  /** The clock for leases and waits. */
  readonly clock: Clock;
  /** The longest delay of one request. */
  readonly maxDelaySeconds: number;
  /**
   * How long SQS searches dead letters before it answers with none. Without a wait it asks only some of its servers.
   */
  readonly lookSeconds: number;
}

/** Shared by the queues and consumers of one broker. */
export interface BrokerSession {
  readonly link: SqsLink;
  /** Every queue that was looked up. */
  readonly queues: QueueRegistry;
  readonly pace: Pace;
  /** The most jobs of one message. */
  readonly jobsPerMessage: number;
  /** Consumers that are not closed. Each puts itself here, and leaves when it has closed. */
  readonly consumers: Set<BrokerConsumer>;
  /** Aborts when the broker closes. */
  readonly closed: AbortSignal;
}
