import type { LeasedMessage } from "./leased-message.ts";

/** The least number of ids of done messages that are kept; at most twice as many, about 2 MB. */
const REMEMBERED = 10_000;

/** Below this number of leased messages, ended leases are not searched. */
const FEW_LEASED = 1_000;

/** Whether a received message is known. `known`: its lease has not ended, and its new receipt was added to the first. */
export type DedupeVerdict = "new" | "leased" | "done";

/**
 * The messages of one queue that this process knows, so that a message that SQS delivers twice runs once. SQS's message
 * id identifies a message. A job that is sent again, hops or is redriven is another message, and retries are not
 * stored. So a message with the id of a done one is that message again.
 */
export class DedupeCache {
  readonly #leased = new Map<string, LeasedMessage>();
  #sweepAt = FEW_LEASED;
  #done = new Set<string>();
  #doneBefore = new Set<string>();

  /** Whether a message that came with `receipt` is known. */
  meet(id: string, receipt: string, now: number): DedupeVerdict {
    if (this.#done.has(id) || this.#doneBefore.has(id)) return "done";
    const known = this.#leased.get(id);
    if (known === undefined || known.leasedUntil <= now) return "new";
    known.receipts.push(receipt);
    return "leased";
  }

  /** The latest lease of a message, if it was not settled; it may have ended. */
  find(id: string): LeasedMessage | undefined {
    return this.#leased.get(id);
  }

  /** Marks it as running until its lease ends. */
  addLeased(leased: LeasedMessage, now: number): void {
    if (this.#leased.size >= this.#sweepAt) this.#sweep(now);
    this.#leased.set(leased.id, leased);
  }

  /** Marks it as released or retried. */
  removeLeased({ id, receipts: [receipt = ""] }: LeasedMessage): void {
    if (this.#leased.get(id)?.receipts.includes(receipt)) this.#leased.delete(id);
  }

  /** Marks it as done: if it returns, it is only deleted. */
  addDone(id: string): void {
    this.#leased.delete(id);
    if (this.#done.size >= REMEMBERED) {
      this.#doneBefore = this.#done;
      this.#done = new Set();
    }
    this.#done.add(id);
  }

  /** Removes leases that ended without a settlement: other consumers may have their messages. */
  #sweep(now: number): void {
    for (const [id, { leasedUntil }] of this.#leased) if (leasedUntil <= now) this.#leased.delete(id);
    this.#sweepAt = Math.max(FEW_LEASED, 2 * this.#leased.size);
  }
}
