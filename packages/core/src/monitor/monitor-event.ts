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
