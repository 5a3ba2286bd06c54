import type { NarrowedCapabilities } from "../src/index.ts";

const HOUR_MS = 3_600_000;

/** The capabilities of an SQS standard queue without hops for delays: the most limited real broker. */
export const sqsLike: NarrowedCapabilities = {
  delay: { maxMs: 900_000, nativeMs: 900_000 },
  retryDelay: { maxMs: 12 * HOUR_MS },
  resolutionMs: 1000,
  priority: false,
  order: "best-effort",
  dedupe: false,
  maxReceive: 10,
  bodyText: "xml",
  lease: { maxMs: 12 * HOUR_MS, maxTotalMs: 12 * HOUR_MS },
  fencing: false,
  abortMs: 5000,
  deliveryCount: "approximate",
  failureCount: "none",
  crashCount: "none",
  maxDeliveries: 10,
  stats: "approximate",
  peek: false,
  remove: false,
  pause: false,
  purge: "eventual",
};
