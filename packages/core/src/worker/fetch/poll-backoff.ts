import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";

/** Longest pause between looks at a quiet queue while others are busy, in ms. */
const LONGEST_PROBE_MS = 1_000;

/** Shortest pause, in ms: the fetch loop never spins. */
export const SHORTEST_PAUSE_MS = 50;

/** The pauses of one queue between two receives. */
export class PollPause {
  readonly #clock: Clock;
  #probes = 0;
  #end: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `onEnd` once after `ms`, or when the pause is ended before. */
  pause(ms: number, onEnd: () => void): void {
    const end = () => {
      cancel();
      this.#end = () => {};
      onEnd();
    };
    const cancel = this.#clock.schedule(ms, end);
    this.#end = end;
  }

  /** Ends a pause under way. */
  end(): void {
    this.#end();
  }

  /** How long to rest until the next look; grows while the queue stays quiet. */
  nextProbeMs(): number {
    return Math.min(LONGEST_PROBE_MS, SHORTEST_PAUSE_MS * 2 ** this.#probes++);
  }

  /** The queue had something: the next look comes soon. */
  forgetProbes(): void {
    this.#probes = 0;
  }
}

const FIRST_MS = 100;
const LONGEST_SETTLE_MS = 5_000;
const LONGEST_POLL_MS = 30_000;

/** The pause before a settlement or completion step is tried again: 100 ms · 2ⁿ with full jitter, at most 5 s. */
export function retryBackoff(failures: number, random: Random): number {
  return jittered(failures, LONGEST_SETTLE_MS, random);
}

/** The pause before a failing receive is tried again: the same, at most 30 s, so that a broker coming back is not overrun. */
export function pollBackoff(failures: number, random: Random): number {
  return jittered(failures, LONGEST_POLL_MS, random);
}

function jittered(failures: number, longestMs: number, random: Random): number {
  const ceiling = Math.min(longestMs, FIRST_MS * 2 ** (failures - 1));
  // Never zero: a pause of nothing is a busy loop.
  return ceiling / 10 + random() * ceiling * 0.9;
}
