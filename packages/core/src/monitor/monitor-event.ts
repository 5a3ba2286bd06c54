import type { LifecycleEvent } from "../job/lifecycle.ts";

/** One event on its way to whoever watches the application. */
export type MonitorEvent = LifecycleEvent & {
  /** Stable over repeated delivery: a sink that has seen it ignores it. */
  readonly eventId: string;
  /** Who saw it happen: a worker's identity, or a producer's. */
  readonly source: string;
  /** Rises by one with each event of a source; a gap tells that events were lost. */
  readonly seq: number;
};

/** Where events are written. Called with each event at least once, in the order of its source unless one had to be sent again. */
export interface MonitorSink {
  /** Name for messages: `postgres`, `sqlite`, `ndjson`. */
  readonly kind: string;
  /** Idempotent by `eventId`. @throws when they cannot be written now; they come again. */
  write(events: readonly MonitorEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** Where a job stands after its latest event. */
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
