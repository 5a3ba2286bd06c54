import type { MessageRecord } from "./message-record.ts";
import { ReadyLine } from "./ready-line.ts";

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
