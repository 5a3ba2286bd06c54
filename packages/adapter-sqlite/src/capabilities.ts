import type { Capabilities } from "@jobs/core/broker";
import { PRIORITY_LEVELS } from "./storage/schema.ts";

/** 1 MiB, as in SQS, so that every job can move to SQS. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;

const UNLIMITED = Number.POSITIVE_INFINITY;

/** Limits one transaction, so that other processes do not wait long. */
const MAX_RECEIVE = 1_000;

/** What the broker declares. `maxMessageBytes`: the largest body, in bytes of UTF-8. */
export function sqliteCapabilities(maxMessageBytes: number): Capabilities {
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
    // Some drivers end a text at its first NUL.
    bodyText: "unicode-without-nul",
    lease: { maxMs: UNLIMITED, maxTotalMs: null },
    fencing: "next-lease",
    abortMs: 50,
    recoveryMs: 0,
    deliveryCount: "exact",
    failureCount: "exact",
    crashCount: "exact",
    maxDeliveries: null,
    deadLetter: "native",
    keepsFinished: false,
    durable: true,
    provisioning: "auto",
    stats: "exact",
    peek: true,
    remove: true,
    pause: true,
    purge: "immediate",
    redrive: true,
    transactions: true,
  };
}
