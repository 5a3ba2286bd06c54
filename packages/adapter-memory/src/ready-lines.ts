import type { MessageRecord } from "./message-record.ts";
import { RecordHeap } from "./record-heap.ts";

/** Priorities 0 to 9, as in the message contract. */
export const PRIORITY_LEVELS = 10;

/** All ready messages of a queue: a line for each priority, the highest first. */
export class ReadyLines {
  readonly #lines = Array.from({ length: PRIORITY_LEVELS }, () => new ReadyLine());
  #size = 0;
  /** No line above this one holds a message, so that a queue with one priority checks only one line. */
  #highest = 0;

  get size(): number {
    return this.#size;
  }

  /** Since when the oldest ready message is ready; `Infinity` when there is none. */
  get oldestAt(): number {
    return this.#lines.reduce((oldest, line) => Math.min(oldest, line.oldestAt), Number.POSITIVE_INFINITY);
  }

  /** The next message to deliver. */
  get first(): MessageRecord | undefined {
    if (this.#size === 0) return undefined;
    for (; this.#highest > 0; this.#highest--) {
      const first = this.#lines[this.#highest]?.first;
      if (first !== undefined) return first;
    }
    return this.#lines[0]?.first;
  }

  append(record: MessageRecord): void {
    this.#count(record);
    this.#line(record).append(record);
  }

  putBack(record: MessageRecord): void {
    this.#count(record);
    this.#line(record).putBack(record);
  }

  remove(record: MessageRecord): void {
    this.#size--;
    this.#line(record).remove(record);
  }

  #count(record: MessageRecord): void {
    this.#size++;
    if (record.priority > this.#highest) this.#highest = record.priority;
  }

  #line(record: MessageRecord): ReadyLine {
    const line = this.#lines[record.priority];
    if (line === undefined) throw new RangeError(`no line for priority ${record.priority}`);
    return line;
  }
}

/**
 * The ready messages of one priority. New ones join at the end of a linked list. Released ones wait in front of it in
 * the order of sending, which a release must not change.
 */
class ReadyLine {
  readonly #released = new RecordHeap((record) => record.order);
  #head: MessageRecord | undefined;
  #tail: MessageRecord | undefined;

  /** The next message to deliver. */
  get first(): MessageRecord | undefined {
    return this.#released.first ?? this.#head;
  }

  /** Since when the oldest one is ready; `Infinity` when there is none. */
  get oldestAt(): number {
    let oldest = this.#head?.at ?? Number.POSITIVE_INFINITY;
    for (const record of this.#released.values()) oldest = Math.min(oldest, record.at);
    return oldest;
  }

  /** Joins at the end. */
  append(record: MessageRecord): void {
    record.previous = this.#tail;
    if (this.#tail === undefined) this.#head = record;
    else this.#tail.next = record;
    this.#tail = record;
  }

  /** Joins in front, before all messages that were never taken. */
  putBack(record: MessageRecord): void {
    this.#released.add(record);
  }

  remove(record: MessageRecord): void {
    if (record.heapIndex >= 0) this.#released.remove(record);
    else this.#unlink(record);
  }

  #unlink(record: MessageRecord): void {
    const { previous, next } = record;
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    if (next === undefined) this.#tail = previous;
    else next.previous = previous;
    record.previous = undefined;
    record.next = undefined;
  }
}
