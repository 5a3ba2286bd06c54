import type { DeadReason, MessageState, OutgoingMessage, SerializedError } from "@jobs/core/broker";
import { MessageIndex } from "./message-index.ts";
import { createRecord, type MessageRecord, UNTOUCHED } from "./message-record.ts";
import { ReadyLines } from "./ready-lines.ts";
import { RecordHeap } from "./record-heap.ts";

/** A new lease. */
export interface NewLease {
  /** Monotonic ms. */
  readonly until: number;
  /** Identifies this lease only. */
  readonly receipt: string;
  /** Its holder, where known. */
  readonly holder?: string | undefined;
}

/** How many messages of a queue are in each state. */
export type StateCounts = Readonly<Record<MessageState, number>>;

/**
 * The messages of one queue and the moves between their states. It has no clock: every move gets the time (monotonic
 * ms). {@link QueueState.catchUp} applies all changes up to that time, so an idle queue needs no timer.
 */
export class QueueState {
  readonly name: string;
  isPaused = false;
  readonly #messages = new MessageIndex();
  readonly #ready = new ReadyLines();
  /** Delayed and leased messages by the time at which they become ready. */
  readonly #agenda = new RecordHeap((record) => record.at);
  readonly #dead = new Map<string, MessageRecord>();
  #leased = 0;
  #entered = 0;

  constructor(name: string) {
    this.name = name;
  }

  get counts(): StateCounts {
    const leased = this.#leased;
    return { ready: this.#ready.size, delayed: this.#agenda.size - leased, leased, dead: this.#dead.size };
  }

  /** How many messages ever arrived, including redriven ones. */
  get entered(): number {
    return this.#entered;
  }

  /** When the next delayed or leased message becomes ready; `undefined` without any. */
  get nextDueAt(): number | undefined {
    return this.#agenda.first?.at;
  }

  /** Since when the oldest ready message is ready; `undefined` without any. */
  get oldestReadyAt(): number | undefined {
    return this.#ready.size === 0 ? undefined : this.#ready.oldestAt;
  }

  /** In the order of sending. */
  values(): Iterable<MessageRecord> {
    return this.#messages.values();
  }

  /** Dead letters, the oldest first. */
  deadLetters(): Iterable<MessageRecord> {
    return this.#dead.values();
  }

  find(messageId: string): MessageRecord | undefined {
    return this.#messages.find(messageId);
  }

  /** Makes due messages and those with expired leases ready. */
  catchUp(nowAt: number): void {
    for (let due = this.#agenda.first; due !== undefined && due.at <= nowAt; due = this.#agenda.first) {
      this.#agenda.remove(due);
      if (due.state === "leased") {
        this.#leased--;
        due.history = { ...due.history, isOverdue: true };
      }
      this.#lineUp(due);
    }
  }

  /** Stores a new message, due at `dueAt`. Its id must be free. */
  add(
    message: OutgoingMessage,
    messageId: string,
    order: number,
    times: { nowAt: number; dueAt: number },
  ): MessageRecord {
    const record = createRecord(message, { messageId, order, dueAt: times.dueAt });
    this.#messages.add(record);
    this.#entered++;
    if (times.dueAt > times.nowAt) this.#await(record, times.dueAt);
    else this.#lineUp(record);
    return record;
  }

  /** The next message to deliver; `undefined` while none is ready or the queue is paused. */
  get next(): MessageRecord | undefined {
    return this.isPaused ? undefined : this.#ready.first;
  }

  /** Leases a ready message. */
  lease(record: MessageRecord, nowAt: number, { until, receipt, holder }: NewLease): void {
    this.#detach(record);
    const { history } = record;
    record.history = {
      deliveryCount: history.deliveryCount + 1,
      failureCount: history.failureCount,
      crashCount: history.crashCount + (history.isOverdue ? 1 : 0),
      redrives: history.redrives,
      receipt,
      holder,
      isOverdue: false,
      crashed: history.isOverdue ? history.receipt : history.crashed,
      leasedAt: nowAt,
      lastError: history.lastError,
      dead: undefined,
    };
    record.state = "leased";
    record.at = until;
    this.#leased++;
    this.#agenda.add(record);
  }

  /**
   * Called when the holder of a lease calls: it has not crashed. If the message was not taken since the lease ended, it
   * is leased again until `until`.
   */
  resumeLease(record: MessageRecord, receipt: string, until: number): void {
    const { history } = record;
    if (history.crashed === receipt) {
      record.history = { ...history, crashCount: history.crashCount - 1, crashed: undefined };
    }
    if (!history.isOverdue || history.receipt !== receipt) return;
    this.#detach(record);
    record.history = { ...record.history, isOverdue: false };
    record.state = "leased";
    record.at = until;
    this.#leased++;
    this.#agenda.add(record);
  }

  /** Moves the end of a lease. */
  extend(record: MessageRecord, until: number): void {
    record.at = until;
    this.#agenda.moved(record);
  }

  /** Removes a message in any state. */
  remove(record: MessageRecord): void {
    this.#detach(record);
    this.#messages.remove(record);
    // A delivery may still refer to the record: this makes its receipts invalid.
    record.history = UNTOUCHED;
  }

  /** Puts a leased message back in front of the messages that were never taken. */
  release(record: MessageRecord, nowAt: number): void {
    this.#detach(record);
    record.state = "ready";
    record.at = nowAt;
    this.#ready.putBack(record);
  }

  /** Delays a leased message until `dueAt`. */
  retry(record: MessageRecord, times: { nowAt: number; dueAt: number }): void {
    this.#detach(record);
    record.at = times.dueAt;
    if (times.dueAt > times.nowAt) this.#await(record, times.dueAt);
    else this.#lineUp(record);
  }

  /** Makes a message a dead letter; `wallAt` is in ms since 1970. */
  deadLetter(record: MessageRecord, reason: DeadReason, wallAt: number, error?: SerializedError): void {
    this.#detach(record);
    record.state = "dead";
    const { history } = record;
    record.history = {
      ...history,
      crashCount: history.crashCount + (history.isOverdue ? 1 : 0),
      isOverdue: false,
      dead: { reason, at: wallAt, ...(error === undefined ? {} : { error }) },
    };
    this.#dead.set(record.messageId, record);
  }

  /** Makes a dead letter ready with cleared counters, here or in `target`, where its id must be free. */
  revive(record: MessageRecord, target: QueueState, nowAt: number): void {
    this.#detach(record);
    record.history = { ...UNTOUCHED, redrives: record.history.redrives + 1 };
    record.at = nowAt;
    if (target !== this) {
      this.#messages.remove(record);
      target.#messages.add(record);
    }
    target.#entered++;
    target.#lineUp(record);
  }

  #lineUp(record: MessageRecord): void {
    record.state = "ready";
    this.#ready.append(record);
  }

  #await(record: MessageRecord, dueAt: number): void {
    record.state = "delayed";
    record.at = dueAt;
    this.#agenda.add(record);
  }

  #detach(record: MessageRecord): void {
    if (record.state === "ready") this.#ready.remove(record);
    else if (record.state === "dead") this.#dead.delete(record.messageId);
    else this.#agenda.remove(record);
    if (record.state === "leased") this.#leased--;
  }
}
