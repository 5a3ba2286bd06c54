import type { Capabilities } from "@jobs/core/broker";

/** 1 MiB, as in SQS, so that every job can move to SQS. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;

/** How often expired leases are searched, in ms. A message may wait twice as long after the end of its lease. */
export const DEFAULT_SWEEP_MS = 1_000;

/** Priorities 0 to 9. BullMQ has no number for our 0, and its other numbers are in reverse order. */
export const PRIORITY_LEVELS = 10;

const UNLIMITED = Number.POSITIVE_INFINITY;

/** Limits one script, so that other commands do not wait long. */
const MAX_RECEIVE = 100;

/**
 * The capabilities of every queue of `redis()`, also without a server. Sizes in bytes of UTF-8, times in ms.
 * Defaults: those of `redis()`.
 */
export function redisCapabilities(
  maxMessageBytes: number = DEFAULT_MAX_MESSAGE_BYTES,
  sweepMs: number = DEFAULT_SWEEP_MS,
  keepFinished: number = 0,
): Capabilities {
  return {
    delay: { maxMs: UNLIMITED, nativeMs: UNLIMITED },
    retryDelay: { maxMs: UNLIMITED },
    resolutionMs: 1,
    priority: { levels: PRIORITY_LEVELS },
    order: "fifo",
    groups: false,
    dedupe: "while-stored",
    maxReceive: MAX_RECEIVE,
    maxMessageBytes,
    bodyText: "unicode",
    lease: { maxMs: UNLIMITED, maxTotalMs: null },
    fencing: "next-lease",
    abortMs: 500,
    recoveryMs: 2 * sweepMs,
    deliveryCount: "exact",
    failureCount: "exact",
    crashCount: "exact",
    maxDeliveries: null,
    deadLetter: "native",
    keepsFinished: keepFinished > 0,
    durable: true,
    provisioning: "auto",
    stats: "exact",
    peek: true,
    remove: true,
    pause: true,
    purge: "immediate",
    redrive: true,
    transactions: false,
  };
}

/**
 * The capabilities of every queue that BullMQ's own scripts run. Units and defaults as in {@link redisCapabilities}.
 * A job of a crashed worker goes before all others, with any priority. A lease that has ended cannot be settled or
 * extended.
 */
export function bullmqCapabilities(
  maxMessageBytes: number = DEFAULT_MAX_MESSAGE_BYTES,
  sweepMs: number = DEFAULT_SWEEP_MS,
  keepFinished: number = 0,
): Capabilities {
  const shared = redisCapabilities(maxMessageBytes, sweepMs, keepFinished);
  return { ...shared, order: "best-effort", fencing: "lease-end" };
}
