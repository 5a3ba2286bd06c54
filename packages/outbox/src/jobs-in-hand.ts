import type { BrokerQueue, Delivery, ValidatedConsumer } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";

/** A lease that ends at once, in ms. */
const ENDED_MS = 1;

/** The first and the longest time between two questions whether leases have ended, in ms. */
const FIRST_ASK_MS = 5;
const LONGEST_ASK_MS = 500;

/**
 * Gives jobs back to the store by the end of their leases, as those of a killed relay come back. They are not released:
 * a store puts released messages before those of ended leases. So a relay that was killed after a release would have
 * its jobs sent after later ones. Memory is lost with the process, so it knows no killed relay, and a release keeps its
 * order. Never throws: the leases end anyway.
 * @returns whether the store has them back. A full disk may take no end of a lease.
 */
export async function giveBack(
  consumer: ValidatedConsumer,
  deliveries: readonly Delivery[],
): Promise<boolean> {
  if (deliveries.length === 0) return true;
  const done: Promise<unknown> = consumer.capabilities.durable
    ? consumer.extend(deliveries, ENDED_MS)
    : consumer.settle(deliveries.map((delivery) => ({ delivery, action: "release" })));
  return done.then(
    () => true,
    () => false,
  );
}

/** How to wait for {@link untilReturned}. */
export interface Wait {
  /** The longest wait, in ms: the length of a lease. */
  readonly leaseMs: number;
  /** The longest time between two calls of `goesOn`, in ms. */
  readonly renewMs: number;
  readonly signal: AbortSignal;
  /** Asked before each pause; `false` ends the wait. */
  goesOn(): Promise<boolean>;
}

/**
 * Waits for the jobs that were in hand, of this relay or of one that was killed: they come before all others. Their
 * leases end at the latest after the time of one.
 */
export async function untilReturned(
  store: BrokerQueue,
  { leaseMs, renewMs, signal, goesOn }: Wait,
): Promise<void> {
  const lastEndAt = keepAliveClock.monotonic() + leaseMs;
  for (let askMs = FIRST_ASK_MS; !signal.aborted && keepAliveClock.monotonic() < lastEndAt; askMs *= 2) {
    const { leased } = await store.stats();
    if ((leased.n ?? 0) === 0 || !(await goesOn())) return;
    await sleep(keepAliveClock, Math.min(askMs, LONGEST_ASK_MS, renewMs), signal);
  }
}
