/** How often progress is told, in ms: on a terminal one line is drawn anew, elsewhere each time is a line. */
const TERMINAL_MS = 200;
const PLAIN_MS = 1_000;

/** Goes to the start of the line and clears it. */
const CLEAR_LINE = "\r\u001b[2K";

/** Where progress is told. */
export interface ProgressTarget {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Tells how a run stands, and whatever else happens meanwhile. */
export class Progress {
  readonly #target: ProgressTarget;
  readonly #isLive: boolean;
  #nextAt = 0;
  #isLineOpen = false;

  constructor(target: ProgressTarget) {
    this.#target = target;
    this.#isLive = target.isTTY === true;
  }

  /** Shows how things stand, unless that was done a moment ago. */
  show(state: string): void {
    const now = performance.now();
    if (now < this.#nextAt) return;
    this.#nextAt = now + (this.#isLive ? TERMINAL_MS : PLAIN_MS);
    this.#target.write(this.#isLive ? `${CLEAR_LINE}${state}` : `${state}\n`);
    this.#isLineOpen = this.#isLive;
  }

  /** Says something that stays. */
  say(text: string): void {
    this.clear();
    this.#target.write(`${text}\n`);
  }

  /** Removes the line that is drawn anew. */
  clear(): void {
    if (this.#isLineOpen) this.#target.write(CLEAR_LINE);
    this.#isLineOpen = false;
  }
}
