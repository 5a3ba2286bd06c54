import type { NarrowedCapabilities } from "@jobs/adapter-memory";

/** A broker whose limits a test app can apply. */
export type BrokerLike = "memory" | "sqlite" | "redis" | "sqs";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * What each broker's adapter declares, where it is narrower than memory. For a queue with other settings, change a
 * copy: `like: { ...BROKER_LIMITS.sqs, maxDeliveries: 3 }`.
 */
export const BROKER_LIMITS: Readonly<Record<BrokerLike, NarrowedCapabilities>> = {
  memory: {},
  // Keeps messages on disk, which makes no difference in a test. Its drivers end a text at a NUL.
  sqlite: { bodyText: "unicode-without-nul" },
  // An aborted blocking call returns within half a second. BullMQ's stalled check finds a lost job at its second run;
  // it runs every 30 s by default. A receive takes at most 100 jobs.
  redis: { abortMs: 500, recoveryMs: 60 * SECOND_MS, maxReceive: 100, bodyText: "unicode" },
  // A standard queue with SQS's defaults. DelaySeconds is up to 900; longer delays use hops within the retention of 4
  // days. ReceiveMessage returns at most 10. Visibility is up to 12 h from the receive. The redrive policy allows 10
  // receives.
  sqs: {
    delay: { maxMs: 4 * DAY_MS, nativeMs: 15 * MINUTE_MS },
    retryDelay: { maxMs: 12 * HOUR_MS },
    resolutionMs: SECOND_MS,
    priority: false,
    order: "best-effort",
    dedupe: false,
    maxReceive: 10,
    maxMessageBytes: 1024 * 1024,
    bodyText: "xml",
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
