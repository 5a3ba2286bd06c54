/** How often progress is shown, in ms. A terminal redraws one line; elsewhere each time adds a line. */
const TERMINAL_MS = 200;
const PLAIN_MS = 1_000;

/** Goes to the start of the line and clears it. */
const CLEAR_LINE = "\r\u001b[2K";

/** The stream that progress is written to. */
export interface ProgressTarget {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows the progress of a run, and other messages during it. */
export class Progress {
  readonly #target: ProgressTarget;
  readonly #isLive: boolean;
  #nextAt = 0;
  #isLineOpen = false;

  constructor(target: ProgressTarget) {
    this.#target = target;
    this.#isLive = target.isTTY === true;
  }

  /** Shows the state, unless it was shown a moment ago. */
  show(state: string): void {
    const now = performance.now();
    if (now < this.#nextAt) return;
    this.#nextAt = now + (this.#isLive ? TERMINAL_MS : PLAIN_MS);
    this.#target.write(this.#isLive ? `${CLEAR_LINE}${state}` : `${state}\n`);
    this.#isLineOpen = this.#isLive;
  }

  /** Writes a line that stays. */
  say(text: string): void {
    this.clear();
    this.#target.write(`${text}\n`);
  }

  /** Removes the redrawn line. */
  clear(): void {
    if (this.#isLineOpen) this.#target.write(CLEAR_LINE);
    this.#isLineOpen = false;
  }
}
