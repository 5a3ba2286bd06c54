import type { LifecycleEvent } from "../job/lifecycle.ts";

/** One event for the monitor of an application. */
export type MonitorEvent = LifecycleEvent & {
  /** The same at repeated deliveries: a sink ignores an id that it knows. */
  readonly eventId: string;
  /** The observer: a worker's identity, or a producer's. */
  readonly source: string;
  /** Grows by one with each event of a source; a gap means that events were lost. */
  readonly seq: number;
};

/** The store of events. It gets each event at least once, in the order of its source unless one was sent again. */
export interface MonitorSink {
  /** Name for messages: `postgres`, `sqlite`, `ndjson`. */
  readonly kind: string;
  /** Idempotent by `eventId`. @throws when they cannot be written now; they come again. */
  write(events: readonly MonitorEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** The state of a job after its latest event. */
export type MonitoredState =
  | "enqueued"
  | "started"
  | "succeeded"
  | "retried"
  | "snoozed"
  | "held"
  | "released"
  | "dead"
  | "cancelled";

/** The state of a job after one event. */
export interface JobSnapshot {
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly state: MonitoredState;
  readonly attempt: number | null;
  /** ms since 1970, by the clock of the process that observed it. */
  readonly at: number;
  /** Of two snapshots at the same time, the one with the higher rank is the later. */
  readonly rank: number;
  readonly error: string | null;
}

/** States by the event that leads to them, in the order in which they can follow at the same time. */
const STATES: readonly (readonly [LifecycleEvent["type"], MonitoredState])[] = [
  ["job.enqueued", "enqueued"],
  ["job.started", "started"],
  ["job.retried", "retried"],
  ["job.snoozed", "snoozed"],
  ["job.held", "held"],
  ["job.released", "released"],
  ["job.succeeded", "succeeded"],
  ["job.dead", "dead"],
  ["job.cancelled", "cancelled"],
];

const RANK_OF = new Map(STATES.map(([type], rank) => [type, rank]));

/** The snapshot from an event, for sinks with a table of jobs; `undefined` when the event changes no state. */
export function jobSnapshot(event: MonitorEvent): JobSnapshot | undefined {
  const rank = RANK_OF.get(event.type);
  const state = STATES[rank ?? -1]?.[1];
  if (rank === undefined || state === undefined || !("job" in event)) return undefined;
  const { id, task, queue } = event.job;
  const attempt = "attempt" in event.job ? event.job.attempt : null;
  const error =
    "error" in event && event.error !== undefined ? `${event.error.name}: ${event.error.message}` : null;
  return { id, task, queue, state, attempt, at: event.at, rank, error };
}
