import type { InfrastructureNeeds, QueueNeeds } from "@jobs/core/broker";
import { sqsName } from "../queue/queue-name.ts";

/** A queue of the app as it should be on SQS. */
export interface PlannedQueue {
  /** Name on SQS. */
  readonly name: string;
  /** Name of its dead-letter queue. */
  readonly deadName: string;
  readonly isFifo: boolean;
  /** Default time for which SQS hides a received message. Workers always set their own. */
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly deadRetentionSeconds: number;
  readonly maxReceiveCount: number;
}

/**
 * Deliveries beyond the attempts, for crashes and for holds, for example while old workers hold a job of a newer
 * release.
 */
const SPARE_DELIVERIES = 5;

/** Limits of AWS. */
const MAX_RECEIVE_COUNT = 1_000;
const MAX_RETENTION_SECONDS = 14 * 86_400;
const MAX_VISIBILITY_SECONDS = 12 * 3_600;

/** How long AWS keeps messages by default. A shorter time has no advantage. */
const USUAL_RETENTION_SECONDS = 4 * 86_400;

/** The queues of an app, sorted by name. @throws ConfigError for names that SQS does not allow. */
export function planQueues(needs: InfrastructureNeeds): readonly PlannedQueue[] {
  return needs.queues.map((queue) => planQueue(queue, needs)).sort(byName);
}

function planQueue(
  { name: queue, maxAttempts, longestLifeMs }: QueueNeeds,
  { queuePrefix, leaseMs }: InfrastructureNeeds,
): PlannedQueue {
  const name = sqsName(queuePrefix, queue);
  const isFifo = name.endsWith(".fifo");
  return {
    name,
    deadName: sqsName("", isFifo ? name.replace(/\.fifo$/, "-dead.fifo") : `${name}-dead`),
    isFifo,
    visibilitySeconds: Math.min(Math.ceil(leaseMs / 1_000), MAX_VISIBILITY_SECONDS),
    retentionSeconds: clamp(Math.ceil(longestLifeMs / 1_000), USUAL_RETENTION_SECONDS, MAX_RETENTION_SECONDS),
    deadRetentionSeconds: MAX_RETENTION_SECONDS,
    maxReceiveCount: Math.min(maxAttempts + SPARE_DELIVERIES, MAX_RECEIVE_COUNT),
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

function byName(one: PlannedQueue, other: PlannedQueue): number {
  return one.name < other.name ? -1 : 1;
}
