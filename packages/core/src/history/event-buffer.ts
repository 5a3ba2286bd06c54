import type { JsonValue } from "../envelope/envelope.ts";
import type { LifecycleEvent } from "../job/lifecycle.ts";
import type { IdSource } from "../runtime/ids.ts";

/** The most events in one batch. */
const BATCH_EVENTS = 100;

/** The most text in one batch, with stacks of errors, in UTF-16 units: far below the limit of any broker. */
const BATCH_UNITS = 100_000;

/** The most waiting events; beyond it the oldest are dropped. */
const MAX_WAITING = 10_000;

/** Events in one message. The same batch is retried until it is sent. */
export interface EventBatch {
  readonly id: string;
  /** Number of its last event. */
  readonly lastSeq: number;
  readonly events: readonly JsonValue[];
}

/** An event with its number, as JSON. */
export interface NumberedEvent {
  readonly seq: number;
  readonly event: JsonValue;
  /** Length of its text, in UTF-16 units. */
  readonly units: number;
}

/**
 * Numbers the events of one source. All buffers get the same numbered events, so that a store knows an event that
 * reaches it on two ways.
 */
export function createEventNumbers(source: string): (event: LifecycleEvent) => NumberedEvent {
  let seq = 0;
  return (event) => {
    seq++;
    const text = JSON.stringify({ ...event, eventId: `${source}#${seq}`, source, seq });
    return { seq, event: JSON.parse(text) as JsonValue, units: text.length };
  };
}

/**
 * Events that wait to be sent, numbered in order. The buffer is limited, since a broker that is down must not use up
 * the memory.
 */
export class EventBuffer {
  readonly #ids: IdSource;
  #waiting: NumberedEvent[] = [];
  #units = 0;
  #dropped = 0;
  #seq = 0;
  #sentSeq = 0;
  #batch: EventBatch | undefined;

  constructor(ids: IdSource) {
    this.#ids = ids;
  }

  /** Number of the last added event. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** Number of the last sent event. All before it were sent, or dropped because too many waited. */
  get sentSeq(): number {
    return this.#sentSeq;
  }

  /** Number of waiting events, including those in flight. */
  get size(): number {
    return this.#waiting.length + (this.#batch?.events.length ?? 0);
  }

  /** Whether the next batch is full, so that waiting longer is useless. */
  get hasFullBatch(): boolean {
    return this.#waiting.length >= BATCH_EVENTS || this.#units >= BATCH_UNITS;
  }

  add(numbered: NumberedEvent): void {
    this.#seq = numbered.seq;
    this.#waiting.push(numbered);
    this.#units += numbered.units;
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#units -= this.#waiting.shift()?.units ?? 0;
    this.#dropped++;
  }

  /** Number of events that were dropped since the last call, because too many waited. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** The next batch, or the one that was not sent yet. */
  batch(): EventBatch | undefined {
    if (this.#batch === undefined && this.#waiting.length > 0) {
      const taken = this.#takeBatch();
      const lastSeq = taken.at(-1)?.seq ?? 0;
      this.#batch = { id: this.#ids(), lastSeq, events: taken.map(({ event }) => event) };
    }
    return this.#batch;
  }

  sent(batch: EventBatch): void {
    if (this.#batch !== batch) return;
    this.#batch = undefined;
    this.#sentSeq = batch.lastSeq;
  }

  #takeBatch(): readonly NumberedEvent[] {
    let count = 0;
    let units = 0;
    while (count < Math.min(BATCH_EVENTS, this.#waiting.length)) {
      const next = this.#waiting[count]?.units ?? 0;
      if (count > 0 && units + next > BATCH_UNITS) break;
      units += next;
      count++;
    }
    this.#units -= units;
    return this.#waiting.splice(0, count);
  }
}
