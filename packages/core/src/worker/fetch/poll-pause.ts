import type { Clock } from "../../runtime/clock.ts";

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
