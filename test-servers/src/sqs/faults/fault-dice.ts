import type { FaultAim, PlayedFault } from "./fault.ts";

/** Chooses the requests, entries or messages of a fault. */
export class FaultDice implements PlayedFault {
  readonly #share: number;
  readonly #times: number;
  readonly #random: () => number;
  #met = 0;
  #isEnded = false;

  constructor({ share = 1, times = Number.POSITIVE_INFINITY }: FaultAim, random: () => number) {
    this.#share = share;
    this.#times = times;
    this.#random = random;
  }

  get met(): number {
    return this.#met;
  }

  /** Whether the fault affects the next request, entry or message; counts it. */
  isMet(): boolean {
    if (this.#isEnded || this.#met >= this.#times || this.#random() >= this.#share) return false;
    this.#met += 1;
    return true;
  }

  end(): void {
    this.#isEnded = true;
  }

  [Symbol.dispose](): void {
    this.end();
  }
}
