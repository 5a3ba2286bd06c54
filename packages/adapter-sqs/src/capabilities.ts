import type { Capabilities } from "@jobs/core/broker";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** The longest visibility timeout, counted from the receive (limit of AWS). */
export const MAX_VISIBILITY_MS = 43_200_000;

/** The most entries of a batch and messages of a receive (limit of AWS). */
export const MAX_BATCH = 10;

/** A repeated id is known for so long on a FIFO queue (fixed by AWS). */
const DEDUPE_WINDOW_MS = 300_000;

/** Room beside the body, in bytes: attributes count as part of a message, and a dead letter carries its error in them. */
const ATTRIBUTES_BYTES = 4_096;

/** What is known of a queue from its name and attributes. */
export interface QueueSettings {
  readonly isFifo: boolean;
  /** Largest message in bytes, attributes included. */
  readonly maxMessageBytes: number;
  /** How long a message is kept, in ms. */
  readonly retentionMs: number;
  /** After so many receives SQS itself sets a message aside; `null` without a redrive policy. */
  readonly maxReceiveCount: number | null;
}

/** A standard queue as AWS makes it when nothing is said, with a redrive policy of 10 receives. */
export const USUAL_SETTINGS: QueueSettings = {
  isFifo: false,
  maxMessageBytes: 1024 * 1024,
  retentionMs: 4 * DAY_MS,
  maxReceiveCount: 10,
};

/** What a queue of `sqs()` declares: for those who have no queue to ask. Sizes in bytes of UTF-8, times in ms. */
export function sqsCapabilities(settings: Partial<QueueSettings> = {}): Capabilities {
  const { isFifo, maxMessageBytes, retentionMs, maxReceiveCount } = { ...USUAL_SETTINGS, ...settings };
  const hasDeadLetters = maxReceiveCount !== null;
  return {
    // Longer delays than the 900 s of SQS are made of several, in here: whoever asks has them in one step.
    delay: isFifo ? false : { maxMs: retentionMs, nativeMs: retentionMs },
    retryDelay: { maxMs: MAX_VISIBILITY_MS },
    resolutionMs: SECOND_MS,
    priority: false,
    order: "best-effort",
    groups: isFifo ? "ordered" : "fair",
    dedupe: isFifo ? { windowMs: DEDUPE_WINDOW_MS } : false,
    // SQS locks a group that somebody has messages of, but brings several of it at once: they would run side by side.
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
    durable: true,
    provisioning: "external",
    stats: "approximate",
    peek: hasDeadLetters ? "dead" : false,
    remove: false,
    pause: false,
    purge: "eventual",
    redrive: hasDeadLetters,
  };
}

/** Small limits are halved: some room for a body has to be left. */
function bodyBytes(maxMessageBytes: number): number {
  return maxMessageBytes - Math.min(ATTRIBUTES_BYTES, Math.floor(maxMessageBytes / 2));
}
