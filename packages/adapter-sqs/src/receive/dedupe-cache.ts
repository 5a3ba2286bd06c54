import type { LeasedMessage } from "./leased-message.ts";

/** So many ids of done messages are remembered at least, and twice as many at most: about 2 MB. */
const REMEMBERED = 10_000;

/** Fewer held messages than these are not worth a look for those whose lease is over. */
const FEW_HELD = 1_000;

/** What became of a message that came in: `held`: its lease lasts, and its new receipt was put beside the first. */
export type DedupeVerdict = "new" | "held" | "done";

/**
 * What this process knows of the messages of one queue, so that a message that SQS delivers twice runs once. A message
 * goes by the id that SQS gave it: a job that is sent again, hops on, or is redriven is another message, and a retry is
 * not remembered at all. So whatever comes under the id of a done message is that message, come back.
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

  /** It is being worked on, until its lease ends. */
  hold(leased: LeasedMessage, now: number): void {
    if (this.#held.size >= this.#sweepAt) this.#sweep(now);
    this.#held.set(leased.id, leased);
  }

  /** It is in line again, or will be. */
  letGo({ id, receipts: [receipt = ""] }: LeasedMessage): void {
    if (this.#held.get(id)?.receipts.includes(receipt)) this.#held.delete(id);
  }

  /** It is done: should it come back, it only remains to be deleted. */
  finish(id: string): void {
    this.#held.delete(id);
    if (this.#done.size >= REMEMBERED) {
      this.#doneBefore = this.#done;
      this.#done = new Set();
    }
    this.#done.add(id);
  }

  /** Forgets leases that have ended without a word: their messages are with others by now. */
  #sweep(now: number): void {
    for (const [id, { heldUntil }] of this.#held) if (heldUntil <= now) this.#held.delete(id);
    this.#sweepAt = Math.max(FEW_HELD, 2 * this.#held.size);
  }
}
