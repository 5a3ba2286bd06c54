import type { NarrowedCapabilities } from "@jobs/adapter-memory";

/** A broker whose limits a test app can keep. */
export type BrokerLike = "memory" | "sqlite" | "redis" | "sqs";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * What each broker's adapter declares, where it is narrower than memory. A queue of yours that was set up differently
 * is described by changing a copy: `like: { ...BROKER_LIMITS.sqs, maxDeliveries: 3 }`.
 */
export const BROKER_LIMITS: Readonly<Record<BrokerLike, NarrowedCapabilities>> = {
  memory: {},
  // Keeps its messages on disk, which a test cannot tell; apart from that it promises the same.
  sqlite: {},
  // An aborted blocking call comes back within half a second; a lost job is found on the second sweep of BullMQ's
  // stalled check, every 30 s by default; a receive pops at most 100 jobs.
  redis: { abortMs: 500, recoveryMs: 60 * SECOND_MS, maxReceive: 100 },
  // A standard queue with SQS's defaults: DelaySeconds up to 900, longer delays by hops within a retention of 4 days;
  // ReceiveMessage of at most 10; visibility up to 12 h counted from the receive; a redrive policy of 10 receives.
  sqs: {
    delay: { maxMs: 4 * DAY_MS, nativeMs: 15 * MINUTE_MS },
    retryDelay: { maxMs: 12 * HOUR_MS },
    resolutionMs: SECOND_MS,
    priority: false,
    order: "best-effort",
    dedupe: false,
    maxReceive: 10,
    maxMessageBytes: 1024 * 1024,
    lease: { maxMs: 12 * HOUR_MS, maxTotalMs: 12 * HOUR_MS },
    fencing: false,
    abortMs: 5 * SECOND_MS,
    deliveryCount: "approximate",
    failureCount: "none",
    crashCount: "none",
    maxDeliveries: 10,
    deadLetter: "copy",
    stats: "approximate",
    peek: false,
    remove: false,
    pause: false,
    purge: "eventual",
  },
};
