import type { Capabilities, Delivery } from "@jobs/core/broker";
import { keepAliveClock } from "@jobs/core/runtime";

/** The most jobs that are kept in hand. More of one queue hold up the others again: the store would write too much. */
const MOST_PARKED = 5_000;

/**
 * Jobs of queues that the broker refuses for a reason of their own. A relay keeps them in hand for a while, so that they
 * do not stand before those of other queues. Then all go back to the store together. A database keeps their order, since
 * it sorts what is ready, and so does memory. Another store, such as Redis, keeps that of 1,000 jobs only: it parks none.
 */
export class ParkedJobs {
  /** Queues that are refused, and why. A send adds to it. No message of them is sent until the jobs are given back. */
  readonly refusals = new Map<string, Error>();
  #deliveries: readonly Delivery[] = [];
  #untilAt = Number.POSITIVE_INFINITY;

  get isEmpty(): boolean {
    return this.#deliveries.length === 0;
  }

  /** Whether jobs of this store may be parked. */
  hasRoomOf({ transactions, durable }: Capabilities): boolean {
    return (transactions || !durable) && this.#deliveries.length < MOST_PARKED;
  }

  /** How long they are still kept, in ms. */
  get leftMs(): number {
    return Math.max(0, this.#untilAt - keepAliveClock.monotonic());
  }

  /** In the order in which they were received. The first ones decide when all are given back. */
  add(deliveries: readonly Delivery[], keepMs: number): void {
    if (this.isEmpty) this.#untilAt = keepAliveClock.monotonic() + keepMs;
    this.#deliveries = [...this.#deliveries, ...deliveries];
  }

  /** Takes all out, and forgets which queues are refused. */
  takeAll(): readonly Delivery[] {
    const deliveries = this.#deliveries;
    this.#deliveries = [];
    this.refusals.clear();
    this.#untilAt = Number.POSITIVE_INFINITY;
    return deliveries;
  }
}
