import type { BrokerQueue, Delivery, ExtendResult, SettleResult, ValidatedConsumer } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";

/** A lease that ends at once, in ms. */
const ENDED_MS = 1;

/** The most jobs of one call that gives them back. */
const MOST_TOGETHER = 500;

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
  try {
    // One after the other, so that the leases of earlier jobs end first.
    for (let from = 0; from < deliveries.length; from += MOST_TOGETHER)
      await endLeases(consumer, deliveries.slice(from, from + MOST_TOGETHER));
    return true;
  } catch {
    return false;
  }
}

function endLeases(
  consumer: ValidatedConsumer,
  deliveries: readonly Delivery[],
): Promise<readonly (ExtendResult | SettleResult)[]> {
  return consumer.capabilities.durable
    ? consumer.extend(deliveries, ENDED_MS)
    : consumer.settle(deliveries.map((delivery) => ({ delivery, action: "release" })));
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
 * leases end at the latest after the time of one. A receive makes only a part of many jobs ready, by the ends of their
 * leases. A peek makes all ready, so that their own order counts.
 */
export async function untilReturned(store: BrokerQueue, wait: Wait): Promise<void> {
  await untilNoneLeased(store, wait);
  if (store.capabilities.peek === true) await store.peek({ state: "ready", limit: 1 });
}

async function untilNoneLeased(
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
