import type { ValidatedConsumer } from "../../broker/validate-consumer.ts";
import type { Cancel, Clock } from "../../runtime/clock.ts";
import { createSharedAbort } from "../../runtime/shared-abort.ts";
import type { Run } from "../run/run.ts";

/** A receive longer than twice its wait plus this, in ms, counts as dead. */
const WATCHDOG_MARGIN_MS = 15_000;

/** The signal of receives without a wait, which are never cancelled. */
const NEVER = createSharedAbort().signal;

/** One receive in flight, with its settlements. */
export interface Receive {
  /** Which consumer it asks. */
  readonly consumer: ValidatedConsumer;
  /** How many messages it asks for. */
  readonly slots: number;
  readonly waitMs: number;
  /** Runs that it settles. */
  readonly batch: readonly Run[];
  /** On the monotonic clock. */
  readonly startedAt: number;
  /** Aborts when the wait is cancelled. */
  readonly signal: AbortSignal;
  /** Whether its answer is not awaited any more. */
  isOver: boolean;
}

interface Watched {
  readonly poll: Receive;
  /** Set only for a wait that can be cancelled. */
  readonly caller: AbortController | undefined;
  /** When it counts as dead, monotonic. */
  readonly deadAt: number;
}

/** The receives of one queue in flight: usually one, a few while they are full. */
export class InFlightReceives {
  readonly #clock: Clock;
  readonly #onSilence: (poll: Receive) => void;
  /** A list, since a map of one or two that change with each job is built anew all the time. */
  readonly #watched: Watched[] = [];
  /** One timer for all receives. Those that end in time do not change it. */
  #cancelWatchdog: Cancel | undefined;
  #watchdogAt = Number.POSITIVE_INFINITY;
  #isStopped = false;

  /** `onSilence` is called for a receive without an answer in time. */
  constructor(clock: Clock, onSilence: (poll: Receive) => void) {
    this.#clock = clock;
    this.#onSilence = onSilence;
  }

  get count(): number {
    return this.#watched.length;
  }

  /** How many messages they may return. */
  get slots(): number {
    let slots = 0;
    for (const { poll } of this.#watched) slots += poll.slots;
    return slots;
  }

  /** Whether all of them only wait on an idle queue. */
  get areWaiting(): boolean {
    for (const { caller } of this.#watched) if (caller === undefined) return false;
    return this.#watched.length > 0;
  }

  begin({
    consumer,
    slots,
    waitMs,
    batch,
  }: Pick<Receive, "batch" | "consumer" | "slots" | "waitMs">): Receive {
    const caller = waitMs > 0 ? new AbortController() : undefined;
    const signal = caller?.signal ?? NEVER;
    const startedAt = this.#clock.monotonic();
    const poll: Receive = { consumer, slots, waitMs, batch, startedAt, signal, isOver: false };
    const deadAt = startedAt + 2 * waitMs + WATCHDOG_MARGIN_MS;
    this.#watched.push({ poll, caller, deadAt });
    if (deadAt < this.#watchdogAt) this.#watchUntil(deadAt, startedAt);
    return poll;
  }

  end(poll: Receive): void {
    poll.isOver = true;
    const index = this.#watched.findIndex((watched) => watched.poll === poll);
    if (index >= 0) this.#watched.splice(index, 1);
    this.#cancelLast();
  }

  /** No receive begins any more. The timer goes with the last one under way. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelLast();
  }

  #cancelLast(): void {
    if (!this.#isStopped || this.#watched.length > 0) return;
    this.#cancelWatchdog?.();
    this.#watchdogAt = Number.POSITIVE_INFINITY;
  }

  #watchUntil(deadAt: number, now: number): void {
    this.#cancelWatchdog?.();
    this.#watchdogAt = deadAt;
    this.#cancelWatchdog = this.#clock.schedule(deadAt - now, () => this.#checkSilent());
  }

  #checkSilent(): void {
    this.#watchdogAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    for (const { poll, deadAt } of [...this.#watched]) {
      if (deadAt <= now) this.#onSilence(poll);
      else if (deadAt < this.#watchdogAt) this.#watchUntil(deadAt, now);
    }
  }

  /** Ends the waits on an idle queue, so that their slots become free. */
  cancelWait(): void {
    for (const { caller } of this.#watched) caller?.abort();
  }
}

/** The consumer of one queue. It is replaced when it does not answer any more. */
export class ReconnectingConsumer {
  #current: ValidatedConsumer;
  readonly #open: () => Promise<ValidatedConsumer>;
  #isReplaced = false;
  #isClosed = false;

  constructor(first: ValidatedConsumer, open: () => Promise<ValidatedConsumer>) {
    this.#current = first;
    this.#open = open;
  }

  get current(): ValidatedConsumer {
    return this.#current;
  }

  /**
   * Opens another one in place of a silent one, which stays in use until then. Several receives that get no answer
   * replace it once, also those whose time ends after it is replaced.
   */
  replace(silent: ValidatedConsumer): void {
    if (this.#isReplaced || silent !== this.#current) return;
    this.#isReplaced = true;
    this.#open().then(
      (consumer) => {
        this.#isReplaced = false;
        if (!this.#isClosed) this.#current = consumer;
        (this.#isClosed ? consumer : silent).close().catch(() => {});
      },
      () => {
        // The next receive on the old consumer fails as well and comes back here.
        this.#isReplaced = false;
      },
    );
  }

  /** Closes the one in use, and at once another one that is opened later. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#current.close();
  }
}

/** Longest backoff between polls of a quiet queue while others are busy, in ms. */
const LONGEST_PROBE_MS = 1_000;

/** Shortest backoff, in ms, so that the fetch loop is never a busy loop. */
export const SHORTEST_BACKOFF_MS = 50;

/** The backoff of one queue between two receives. */
export class PollBackoff {
  readonly #clock: Clock;
  #probes = 0;
  #end: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `onEnd` once after `ms`, or when the backoff is ended before. */
  backOff(ms: number, onEnd: () => void): void {
    const end = () => {
      cancel();
      this.#end = () => {};
      onEnd();
    };
    const cancel = this.#clock.schedule(ms, end);
    this.#end = end;
  }

  /** Ends a backoff under way. */
  end(): void {
    this.#end();
  }

  /** Time until the next poll, in ms; it grows while the queue stays quiet. */
  nextProbeMs(): number {
    return Math.min(LONGEST_PROBE_MS, SHORTEST_BACKOFF_MS * 2 ** this.#probes++);
  }

  /** The queue had messages, so the next poll comes soon. */
  forgetProbes(): void {
    this.#probes = 0;
  }
}
