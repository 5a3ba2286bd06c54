import type { Clock } from "../../runtime/clock.ts";

/**
 * The largest burst, in seconds of the rate. So a late timer loses no starts, and a pause does not allow many at
 * once.
 */
const BURST_SECONDS = 0.1;

/** Starts at a rate, evenly spread: one at a time, or the starts of a tenth of a second if that is more. */
export class TokenBucket {
  #perSecond: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#tokens = this.#capacity;
    this.#filledAt = clock.monotonic();
  }

  /** How many starts are possible now. */
  get available(): number {
    this.#fill();
    return Math.floor(this.#tokens);
  }

  /** In how many ms the next start is possible; 0 for now. */
  get waitMs(): number {
    this.#fill();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1_000) / this.#perSecond);
  }

  /** Uses up one start. */
  take(): void {
    this.#fill();
    this.#tokens -= 1;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Changes the rate; saved starts are kept up to the limit of the new one. */
  set perSecond(perSecond: number) {
    this.#fill();
    this.#perSecond = perSecond;
    this.#tokens = Math.min(this.#capacity, this.#tokens);
  }

  get #capacity(): number {
    return Math.max(1, this.#perSecond * BURST_SECONDS);
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    const gained = ((now - this.#filledAt) * this.#perSecond) / 1_000;
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained);
    this.#filledAt = now;
  }
}
