import { readRecord } from "../coordination/read-record.ts";
import type { LifecycleEvent } from "../job/lifecycle.ts";

/** One event as a monitor and a history store get it. */
export type HistoryEvent = LifecycleEvent & {
  /** The same at repeated deliveries: a store ignores an id that it knows. */
  readonly eventId: string;
  /** The observer: a worker's identity, or a producer's. */
  readonly source: string;
  /** Grows by one with each event of a source; a gap means that events were lost. */
  readonly seq: number;
};

/**
 * A target for events, such as a database or stdout. It gets each event at least once, in the order of its source
 * unless one was sent again.
 */
export interface EventSink {
  /** Name for messages: `postgres`, `sqlite`, `ndjson`. */
  readonly kind: string;
  /** Idempotent by `eventId`. @throws when they cannot be written now; they come again. */
  write(events: readonly HistoryEvent[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * An event as a store keeps it, `JSON.stringify` of it, read again. `what` names it in the error.
 * @throws UnreadableRecordError where the text is something else
 */
export function readHistoryEvent(text: string, what: string): HistoryEvent {
  return readRecord(text, what, (event) => "type" in event && "eventId" in event && "at" in event);
}
