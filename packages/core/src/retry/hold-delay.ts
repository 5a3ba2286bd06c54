import type { Delivery } from "../broker/delivery.ts";

/** The pauses of a hold, in ms: long enough together for a rolling deploy of a quarter of an hour. */
const HOLD_DELAYS_MS = [30_000, 60_000, 120_000, 240_000, 480_000] as const;

/** A job that keeps asking to be run later is not going to happen by itself. */
export const MAX_SNOOZES = 100;

/** How often a job was delivered before without failing or crashing: held, snoozed or released. */
export function postponements(delivery: Delivery): number {
  return Math.max(0, delivery.deliveryCount - 1 - (delivery.failureCount ?? 0) - (delivery.crashCount ?? 0));
}

/**
 * The next pause of a job that this worker cannot run yet, or `undefined` when it has been held long enough.
 * Brokers count deliveries, not holds; a release looks the same. So the job's age decides as well: nothing is given
 * up before all pauses could have passed since it was due.
 */
export function holdDelay(delivery: Delivery, ageMs: number): number | undefined {
  const delay = HOLD_DELAYS_MS[postponements(delivery)];
  if (delay !== undefined) return delay;
  const allMs = HOLD_DELAYS_MS.reduce((sum, ms) => sum + ms, 0);
  return ageMs < allMs ? HOLD_DELAYS_MS[0] : undefined;
}
