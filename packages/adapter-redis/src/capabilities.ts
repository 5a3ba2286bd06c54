import type { Capabilities } from "@jobs/core/broker";

/** 1 MiB: what SQS accepts, so that a job can move to it. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;

/** How often expired leases are looked for, in ms, and so the longest that a message can wait for it. */
export const DEFAULT_SWEEP_MS = 1_000;

/** Priorities 0 to 9. BullMQ has no priority for our 0, and counts the others the other way. */
export const PRIORITY_LEVELS = 10;

const UNLIMITED = Number.POSITIVE_INFINITY;

/** One script stays short enough for others to have their turn. */
const MAX_RECEIVE = 100;

/** What every queue of `redis()` declares: for those who have no server to ask. Sizes in bytes of UTF-8, times in ms. */
export function redisCapabilities(
  maxMessageBytes: number = DEFAULT_MAX_MESSAGE_BYTES,
  sweepMs: number = DEFAULT_SWEEP_MS,
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
    fencing: true,
    abortMs: 500,
    recoveryMs: 2 * sweepMs,
    deliveryCount: "exact",
    failureCount: "exact",
    crashCount: "exact",
    maxDeliveries: null,
    deadLetter: "native",
    durable: true,
    provisioning: "auto",
    stats: "exact",
    peek: true,
    remove: true,
    pause: true,
    purge: "immediate",
    redrive: true,
  };
}
