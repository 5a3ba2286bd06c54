import type { Capabilities } from "@jobs/core/broker";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** The longest visibility timeout, counted from the receive (limit of AWS). */
export const MAX_VISIBILITY_MS = 43_200_000;

/** The most entries of a batch and messages of a receive (limit of AWS). */
export const MAX_BATCH = 10;

/** How long a FIFO queue remembers ids, in ms (fixed by AWS). */
const DEDUPE_WINDOW_MS = 300_000;

/**
 * Space besides the body, in bytes. Attributes are part of a message's size, and a dead letter has its error in them.
 */
const ATTRIBUTES_BYTES = 4_096;

/** Properties of a queue from its name and attributes. */
export interface QueueSettings {
  readonly isFifo: boolean;
  /** Largest message in bytes, with attributes. */
  readonly maxMessageBytes: number;
  /** How long a message is kept, in ms. */
  readonly retentionMs: number;
  /** Receives until SQS itself moves a message to the dead-letter queue; `null` without a redrive policy. */
  readonly maxReceiveCount: number | null;
}

/** A standard queue with AWS's defaults and a redrive policy of 10 receives. */
export const USUAL_SETTINGS: QueueSettings = {
  isFifo: false,
  maxMessageBytes: 1024 * 1024,
  retentionMs: 4 * DAY_MS,
  maxReceiveCount: 10,
};

/** The capabilities of a queue of `sqs()`, also without a real queue. Sizes in bytes of UTF-8, times in ms. */
export function sqsCapabilities(settings: Partial<QueueSettings> = {}): Capabilities {
  const { isFifo, maxMessageBytes, retentionMs, maxReceiveCount } = { ...USUAL_SETTINGS, ...settings };
  const hasDeadLetters = maxReceiveCount !== null;
  return {
    // This adapter combines several delays of up to 900 s, so that callers see one longer delay.
    delay: isFifo ? false : { maxMs: retentionMs, nativeMs: retentionMs },
    retryDelay: { maxMs: MAX_VISIBILITY_MS },
    resolutionMs: SECOND_MS,
    priority: false,
    order: "best-effort",
    groups: isFifo ? "ordered" : "fair",
    dedupe: isFifo ? { windowMs: DEDUPE_WINDOW_MS } : false,
    // SQS locks a group with messages in flight. But one receive can return several of a group, which would run in
    // parallel.
    maxReceive: isFifo ? 1 : MAX_BATCH,
    maxMessageBytes: bodyBytes(maxMessageBytes),
    bodyText: "xml",
    lease: { maxMs: MAX_VISIBILITY_MS, maxTotalMs: MAX_VISIBILITY_MS },
    fencing: false,
    abortMs: 5 * SECOND_MS,
    recoveryMs: 0,
    deliveryCount: "approximate",
    failureCount: "none",
    crashCount: "none",
    maxDeliveries: maxReceiveCount,
    deadLetter: hasDeadLetters ? "copy" : false,
    keepsFinished: false,
    durable: true,
    provisioning: "external",
    stats: "approximate",
    peek: hasDeadLetters ? "dead" : false,
    remove: false,
    pause: false,
    purge: "eventual",
    redrive: hasDeadLetters,
    transactions: false,
  };
}

/** Small limits are halved, so that some space for a body remains. */
function bodyBytes(maxMessageBytes: number): number {
  return maxMessageBytes - Math.min(ATTRIBUTES_BYTES, Math.floor(maxMessageBytes / 2));
}
