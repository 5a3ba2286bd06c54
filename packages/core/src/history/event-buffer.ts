import type { JsonValue } from "../envelope/envelope.ts";
import type { JobRef, LifecycleEvent } from "../job/lifecycle.ts";
import type { IdSource } from "../runtime/ids.ts";

/** The most in one batch. */
export interface BatchLimits {
  readonly events: number;
  /** Text, with stacks of errors, in UTF-16 units. */
  readonly units: number;
}

/** Of a batch that is one message: far below the limit of any broker. */
export const MESSAGE_BATCH: BatchLimits = { events: 100, units: 100_000 };

/**
 * Of a batch for a store. A store writes each job once a batch, so the start and the end of a short job should be in
 * the same one. Larger ones would block the event loop too long where the store is a file.
 */
export const STORE_BATCH: BatchLimits = { events: 500, units: 500_000 };

/** The most waiting events, including those in flight; beyond it the oldest are dropped. */
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
  /** Length of its text or more, in UTF-16 units. */
  readonly units: number;
}

/** Events whose values core has made itself, all short. They need no copy, and their text is not measured. */
const OWN: ReadonlySet<LifecycleEvent["type"]> = new Set([
  "job.started",
  "job.succeeded",
  "job.retried",
  "job.snoozed",
  "job.released",
  "job.cancelled",
] as const);

/** More than such an event has besides the texts of its job, in UTF-16 units. */
const OWN_UNITS = 600;

/** The most units that JSON writes for one: those of a NUL. */
const UNITS_ESCAPED = 6;

/**
 * Numbers the events of one source. All buffers get the same numbered events, so that a store knows an event that
 * reaches it on two ways. Other events are copied as JSON: their values may come from a caller, who can change them.
 */
export function createEventNumbers(source: string): (event: LifecycleEvent) => NumberedEvent {
  let seq = 0;
  return (event) => {
    seq++;
    const numbered = { ...event, eventId: `${source}#${seq}`, source, seq };
    // JSON of the event is made where it is stored, so that a usual job does not pay for it twice.
    if (OWN.has(event.type) && "job" in event)
      return { seq, event: numbered as unknown as JsonValue, units: OWN_UNITS + unitsOf(event.job) };
    const text = JSON.stringify(numbered);
    return { seq, event: JSON.parse(text) as JsonValue, units: text.length };
  };
}

/** The most that the texts of a job take as JSON. */
function unitsOf({ id, task, queue, flow = "", tags = [] }: JobRef): number {
  const names = id.length + task.length + queue.length + flow.length;
  return tags.reduce((sum, tag) => sum + tag.length, names) * UNITS_ESCAPED;
}

/**
 * Events that wait to be sent, numbered in order. The buffer is limited, since a broker that is down must not use up
 * the memory.
 */
export class EventBuffer {
  readonly #ids: IdSource;
  readonly #limits: BatchLimits;
  #waiting: NumberedEvent[] = [];
  #units = 0;
  #dropped = 0;
  #seq = 0;
  #sentSeq = 0;
  #batch: EventBatch | undefined;

  constructor(ids: IdSource, limits: BatchLimits) {
    this.#ids = ids;
    this.#limits = limits;
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
    return this.#waiting.length >= this.#limits.events || this.#units >= this.#limits.units;
  }

  add(numbered: NumberedEvent): void {
    this.#seq = numbered.seq;
    this.#waiting.push(numbered);
    this.#units += numbered.units;
    if (this.size <= MAX_WAITING) return;
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
    while (count < Math.min(this.#limits.events, this.#waiting.length)) {
      const next = this.#waiting[count]?.units ?? 0;
      if (count > 0 && units + next > this.#limits.units) break;
      units += next;
      count++;
    }
    this.#units -= units;
    return this.#waiting.splice(0, count);
  }
}
