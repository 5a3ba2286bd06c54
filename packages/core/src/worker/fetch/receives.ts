import type { Cancel, Clock } from "../../runtime/clock.ts";
import { createSharedAbort } from "../../runtime/shared-abort.ts";
import type { Run } from "../run/run.ts";

/** A receive that takes longer than twice its wait and this, in ms, is taken for dead. */
const WATCHDOG_MARGIN_MS = 15_000;

/** The signal of receives that do not wait: nobody calls them off. */
const NEVER = createSharedAbort().signal;

/** One receive under way, and the settlements that travel with it. */
export interface Receive {
  /** How many messages it asks for. */
  readonly slots: number;
  readonly waitMs: number;
  /** Runs whose endings it carries. */
  readonly batch: readonly Run[];
  /** On the monotonic clock. */
  readonly startedAt: number;
  /** Aborts when the wait is called off. */
  readonly signal: AbortSignal;
  /** Nobody waits for its answer any more. */
  isOver: boolean;
}

interface Watched {
  /** Only where there is a wait to call off. */
  readonly caller: AbortController | undefined;
  readonly cancelWatchdog: Cancel;
}

/** The receives of one queue that are under way: one as a rule, a few while they come back full. */
export class InFlightReceives {
  readonly #clock: Clock;
  readonly #onSilence: (poll: Receive) => void;
  readonly #polls = new Map<Receive, Watched>();

  /** `onSilence` is told of a receive that has not come back in time. */
  constructor(clock: Clock, onSilence: (poll: Receive) => void) {
    this.#clock = clock;
    this.#onSilence = onSilence;
  }

  get count(): number {
    return this.#polls.size;
  }

  /** How many messages they may bring. */
  get slots(): number {
    let slots = 0;
    for (const poll of this.#polls.keys()) slots += poll.slots;
    return slots;
  }

  /** Whether all of them only wait on an idle queue. */
  get areWaiting(): boolean {
    for (const { caller } of this.#polls.values()) if (caller === undefined) return false;
    return this.#polls.size > 0;
  }

  begin({ slots, waitMs, batch }: Pick<Receive, "slots" | "waitMs" | "batch">): Receive {
    const caller = waitMs > 0 ? new AbortController() : undefined;
    const signal = caller?.signal ?? NEVER;
    const poll: Receive = { slots, waitMs, batch, startedAt: this.#clock.monotonic(), signal, isOver: false };
    const silence = () => this.#onSilence(poll);
    this.#polls.set(poll, {
      caller,
      cancelWatchdog: this.#clock.schedule(2 * waitMs + WATCHDOG_MARGIN_MS, silence),
    });
    return poll;
  }

  end(poll: Receive): void {
    poll.isOver = true;
    this.#polls.get(poll)?.cancelWatchdog();
    this.#polls.delete(poll);
  }

  /** Ends the waits on an idle queue, so that their slots come free. */
  cancelWait(): void {
    for (const { caller } of this.#polls.values()) caller?.abort();
  }
}

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
