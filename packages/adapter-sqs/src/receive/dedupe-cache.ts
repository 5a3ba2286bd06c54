import type { LeasedMessage } from "./leased-message.ts";

/** The least number of ids of done messages that are kept; at most twice as many, about 2 MB. */
const REMEMBERED = 10_000;

/** Below this number of held messages, ended leases are not searched. */
const FEW_HELD = 1_000;

/** Whether a received message is known. `held`: its lease has not ended, and its new receipt was added to the first. */
export type DedupeVerdict = "new" | "held" | "done";

/**
 * The messages of one queue that this process knows, so that a message that SQS delivers twice runs once. SQS's message
 * id identifies a message. A job that is sent again, hops or is redriven is another message, and retries are not
 * stored. So a message with the id of a done one is that message again.
 */
export class DedupeCache {
  readonly #held = new Map<string, LeasedMessage>();
  #sweepAt = FEW_HELD;
  #done = new Set<string>();
  #doneBefore = new Set<string>();

  /** Whether a message that came with `receipt` is known. */
  meet(id: string, receipt: string, now: number): DedupeVerdict {
    if (this.#done.has(id) || this.#doneBefore.has(id)) return "done";
    const held = this.#held.get(id);
    if (held === undefined || held.heldUntil <= now) return "new";
    held.receipts.push(receipt);
    return "held";
  }

  /** Marks it as running until its lease ends. */
  hold(leased: LeasedMessage, now: number): void {
    if (this.#held.size >= this.#sweepAt) this.#sweep(now);
    this.#held.set(leased.id, leased);
  }

  /** Marks it as released or retried. */
  letGo({ id, receipts: [receipt = ""] }: LeasedMessage): void {
    if (this.#held.get(id)?.receipts.includes(receipt)) this.#held.delete(id);
  }

  /** Marks it as done: if it returns, it is only deleted. */
  finish(id: string): void {
    this.#held.delete(id);
    if (this.#done.size >= REMEMBERED) {
      this.#doneBefore = this.#done;
      this.#done = new Set();
    }
    this.#done.add(id);
  }

  /** Removes leases that ended without a settlement: other consumers may have their messages. */
  #sweep(now: number): void {
    for (const [id, { heldUntil }] of this.#held) if (heldUntil <= now) this.#held.delete(id);
    this.#sweepAt = Math.max(FEW_HELD, 2 * this.#held.size);
  }
}
