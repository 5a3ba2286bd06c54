import type { Capabilities } from "@jobs/core/broker";
import { PRIORITY_LEVELS } from "./schema/broker-tables.ts";

/** 1 MiB, as in SQS, so that every job can move to SQS. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;

const UNLIMITED = Number.POSITIVE_INFINITY;

/** Limits one statement, so that it stays far below its time limit. */
const MAX_RECEIVE = 1_000;

/** How soon an aborted receive resolves, in ms, also when the server gives no answer. */
export const ABORT_MS = 500;

/** What the broker declares. `maxMessageBytes`: the largest body, in bytes of UTF-8. */
export function postgresCapabilities(maxMessageBytes: number): Capabilities {
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
    bodyText: "unicode-without-nul",
    lease: { maxMs: UNLIMITED, maxTotalMs: null },
    fencing: "next-lease",
    abortMs: ABORT_MS,
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
