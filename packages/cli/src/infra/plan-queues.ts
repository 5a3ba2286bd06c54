import type { App } from "@jobs/core";
import { routedQueue } from "@jobs/core/broker";
import type { TaskSettings } from "@jobs/core/config";
import { longestLifeMs } from "../doctor/longest-life.ts";

/** A queue of the app as it should be on SQS. */
export interface PlannedQueue {
  /** On SQS. */
  readonly name: string;
  /** Of the queue for its dead letters. */
  readonly deadName: string;
  readonly isFifo: boolean;
  /** How long SQS hides a message from others when nobody says otherwise; workers always do. */
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly deadRetentionSeconds: number;
  readonly maxReceiveCount: number;
}

/** What besides the app decides about queues. */
export interface PlanOptions {
  /** The name on SQS of prefix and name. @throws ConfigError for a name that SQS does not have. */
  readonly nameOf: (prefix: string, name: string) => string;
  /** The longest delay that jobs are enqueued with, in ms. */
  readonly longestDelayMs: number;
}

/** Deliveries beside the attempts, for holds and crashes: as many as a hold of a newer deploy's job takes. */
const SPARE_DELIVERIES = 5;

/** Limits of AWS. */
const MAX_RECEIVE_COUNT = 1_000;
const MAX_RETENTION_SECONDS = 14 * 86_400;
const MAX_VISIBILITY_SECONDS = 12 * 3_600;

/** How long AWS keeps messages when nobody says otherwise; less is never worth it. */
const USUAL_RETENTION_SECONDS = 4 * 86_400;

/** The queues of an app, sorted by name. @throws ConfigError for names that SQS does not have. */
export function planQueues(app: App, options: PlanOptions): readonly PlannedQueue[] {
  return app.queues.map((queue) => planQueue(app, queue, options)).sort(byName);
}

function planQueue(app: App, queue: string, { nameOf, longestDelayMs }: PlanOptions): PlannedQueue {
  const settings = settingsOf(app, queue);
  const name = nameOf(app.config.queuePrefix, queue);
  const isFifo = name.endsWith(".fifo");
  const attempts = Math.max(1, ...settings.map(({ maxAttempts }) => maxAttempts));
  const neededMs = longestDelayMs + Math.max(0, ...settings.map(longestLifeMs));
  return {
    name,
    deadName: nameOf("", isFifo ? name.replace(/\.fifo$/, "-dead.fifo") : `${name}-dead`),
    isFifo,
    visibilitySeconds: Math.min(Math.ceil(app.config.worker.leaseMs / 1_000), MAX_VISIBILITY_SECONDS),
    retentionSeconds: clamp(Math.ceil(neededMs / 1_000), USUAL_RETENTION_SECONDS, MAX_RETENTION_SECONDS),
    deadRetentionSeconds: MAX_RETENTION_SECONDS,
    maxReceiveCount: Math.min(attempts + SPARE_DELIVERIES, MAX_RECEIVE_COUNT),
  };
}

function settingsOf({ tasks, config }: App, queue: string): readonly TaskSettings[] {
  return tasks.tasks
    .map(({ name }) => config.task(name))
    .filter((settings) => routedQueue(settings.queue, settings.domain) === queue);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

function byName(one: PlannedQueue, other: PlannedQueue): number {
  return one.name < other.name ? -1 : 1;
}
