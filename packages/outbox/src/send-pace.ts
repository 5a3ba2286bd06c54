/** The most messages of one send. */
const MOST = 1_000;

/** The fewest: one request of the smallest batch of a broker. */
const FEWEST = 10;

/** A send that takes longer is too large, in ms: at its time limit of 4.5 s it would fail in part. */
const SLOW_MS = 1_500;

/** After a send that is quicker, the next one may be larger, in ms. */
const QUICK_MS = 300;

/** How much larger. */
const GROWTH = 4;

/**
 * How many messages one send takes. It begins small, and again after a send without any answer: the broker may have
 * stored those messages, and gets them a second time. A slow broker gets fewer, so that each send is answered in time.
 */
export class SendPace {
  #size = FEWEST;

  get size(): number {
    return this.#size;
  }

  /** A send of `count` messages is over, and so many of them have an answer. */
  note(count: number, answered: number, tookMs: number): void {
    if (answered === 0) this.#size = FEWEST;
    else if (answered < count || tookMs > SLOW_MS)
      this.#size = Math.max(FEWEST, Math.floor(Math.min(count, this.#size) / 2));
    else if (tookMs < QUICK_MS && count >= this.#size) this.#size = Math.min(MOST, this.#size * GROWTH);
  }
}
