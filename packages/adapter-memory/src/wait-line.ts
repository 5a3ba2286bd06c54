import type { Delivery } from "@jobs/core/broker";
import type { Cancel, Clock } from "@jobs/core/runtime";
import type { QueueState } from "./queue-state.ts";

/** A receive that found no message and waits. */
export interface Waiter {
  /** Leases messages that are ready now. */
  take(): readonly Delivery[];
  /** Ends the wait. */
  finish(received: readonly Delivery[]): void;
}

/**
 * The receives that wait for messages of one queue, served in order of arrival. They share one timer, which is set only
 * while a receive waits and a message will be due.
 */
export class WaitLine {
  readonly #state: QueueState;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #isServing = false;
  #cancelTimer: Cancel | undefined;

  constructor(state: QueueState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  join(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#setTimer();
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#clearTimer();
  }

  /** Call it after every change that may make a message ready, now or later. */
  changed(): void {
    if (this.#isServing || this.#waiters.size === 0) return;
    this.#isServing = true;
    // At the end of this turn of the event loop, so that all messages sent in it arrive in one receive.
    this.#clock.defer(() => {
      this.#isServing = false;
      this.#serve();
    });
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      const received = waiter.take();
      if (received.length === 0) break;
      waiter.finish(received);
    }
    this.#setTimer();
  }

  #setTimer(): void {
    this.#clearTimer();
    const dueAt = this.#state.nextDueAt;
    if (dueAt === undefined || this.#waiters.size === 0) return;
    this.#cancelTimer = this.#clock.schedule(dueAt - this.#clock.monotonic(), () => this.#serve());
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
