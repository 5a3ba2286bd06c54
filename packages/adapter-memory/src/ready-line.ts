import type { MessageRecord } from "./message-record.ts";
import { RecordHeap } from "./record-heap.ts";

/**
 * The ready messages of one priority. New ones join at the end of a linked list. Released ones wait in front of it in
 * the order of sending, which a release must not change.
 */
export class ReadyLine {
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
