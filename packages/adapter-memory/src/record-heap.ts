import type { MessageRecord } from "./message-record.ts";

/**
 * A binary heap, the smallest key first. Each record stores its index, so that it can be removed without a search. An
 * acked job therefore leaves no entry that has to expire.
 */
export class RecordHeap {
  readonly #key: (record: MessageRecord) => number;
  readonly #items: MessageRecord[] = [];

  constructor(key: (record: MessageRecord) => number) {
    this.#key = key;
  }

  /** How many records it holds. */
  get size(): number {
    return this.#items.length;
  }

  /** The record with the smallest key. */
  get first(): MessageRecord | undefined {
    return this.#items[0];
  }

  /** In no particular order. */
  values(): Iterable<MessageRecord> {
    return this.#items;
  }

  add(record: MessageRecord): void {
    this.#items.push(record);
    this.#rise(record, this.#items.length - 1);
  }

  /** Removes a record that is in this heap. */
  remove(record: MessageRecord): void {
    const last = this.#items.pop();
    const hole = record.heapIndex;
    record.heapIndex = -1;
    if (last !== undefined && last !== record) this.#reorder(last, hole);
  }

  /** Restores the order after the key of a record has changed. */
  moved(record: MessageRecord): void {
    this.#reorder(record, record.heapIndex);
  }

  #reorder(record: MessageRecord, index: number): void {
    this.#rise(record, index);
    if (record.heapIndex === index) this.#sink(record, index);
  }

  #rise(record: MessageRecord, from: number): void {
    const key = this.#key(record);
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#items[parentIndex];
      if (parent === undefined || this.#key(parent) <= key) break;
      this.#put(parent, index);
      index = parentIndex;
    }
    this.#put(record, index);
  }

  #sink(record: MessageRecord, from: number): void {
    const key = this.#key(record);
    let index = from;
    for (let child = this.#smallerChild(index); child !== undefined; child = this.#smallerChild(index)) {
      if (this.#key(child) >= key) break;
      const childIndex = child.heapIndex;
      this.#put(child, index);
      index = childIndex;
    }
    this.#put(record, index);
  }

  #smallerChild(index: number): MessageRecord | undefined {
    const left = this.#items[2 * index + 1];
    const right = this.#items[2 * index + 2];
    if (left === undefined || right === undefined) return left;
    return this.#key(right) < this.#key(left) ? right : left;
  }

  #put(record: MessageRecord, index: number): void {
    this.#items[index] = record;
    record.heapIndex = index;
  }
}
