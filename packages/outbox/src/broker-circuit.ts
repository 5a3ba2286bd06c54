import { isJobsError } from "@jobs/core";
import { keepAliveClock, toError, withDeadline } from "@jobs/core/runtime";

/** How long a call waits for the broker before the broker counts as away, in ms. An enqueue waits 5 s in all. */
export const ANSWER_MS = 2_000;

/** The first and the longest time between two questions whether the broker is back, in ms. */
const FIRST_ASK_MS = 1_000;
const LONGEST_ASK_MS = 15_000;

/** What a {@link BrokerCircuit} reports. */
export interface CircuitEvents {
  onAway(error: Error): void;
  onBack(): void;
}

/**
 * Remembers that the broker is away, so that only the first callers wait for it. While it is open, one call at a time
 * asks the broker, and no caller waits for that.
 */
export class BrokerCircuit {
  readonly #events: CircuitEvents;
  #isOpen = false;
  #isAsking = false;
  #askAt = 0;
  /** Openings since a send last arrived. */
  #openings = 0;

  constructor(events: CircuitEvents) {
    this.#events = events;
  }

  /** Whether the broker is away. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The broker does not answer. Each opening without a send in between doubles the time until it is asked again. */
  open(error: unknown): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#askAt = keepAliveClock.monotonic() + Math.min(LONGEST_ASK_MS, FIRST_ASK_MS * 2 ** this.#openings++);
    this.#events.onAway(toError(error));
  }

  /** The broker answers again. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#events.onBack();
  }

  /** A send has arrived. */
  noteSend(): void {
    this.#openings = 0;
  }

  /** Asks the broker in the background when it is time to, and closes when it answers anything. */
  ask(question: () => Promise<unknown>): void {
    if (!this.#isOpen || this.#isAsking || keepAliveClock.monotonic() < this.#askAt) return;
    this.#isAsking = true;
    const answered = (isBack: boolean) => {
      this.#isAsking = false;
      this.#askAt = keepAliveClock.monotonic() + FIRST_ASK_MS;
      if (isBack) this.close();
    };
    inTime(question()).then(
      () => answered(true),
      (error: unknown) => answered(!isAway(error)),
    );
  }
}

/** Resolves or rejects like a call, or rejects with an error that {@link isAway} knows. */
export function inTime<T>(call: Promise<T>): Promise<T> {
  return withDeadline(keepAliveClock, ANSWER_MS, call, () => new LateError());
}

/** The broker did not answer in time. */
class LateError extends Error {
  constructor() {
    super(`the broker gave no answer within ${ANSWER_MS} ms`);
  }
}

/** Whether an error says that the broker cannot be reached now. */
export function isAway(error: unknown): boolean {
  return error instanceof LateError || (isJobsError(error, "broker_unavailable") && error.retryable);
}
