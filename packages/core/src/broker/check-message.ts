import { UnsupportedError } from "../errors/broker-errors.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { PayloadTooLargeError } from "../errors/contract-errors.ts";
import { checkDelay } from "../runtime/delay.ts";
import type { Capabilities } from "./capabilities.ts";
import type { OutgoingMessage } from "./message.ts";

/** Job ids must be usable as keys and deduplication ids on every broker. */
const MESSAGE_ID = /^[A-Za-z0-9_.-]{1,128}$/;

/** What a usable job id is made of, for messages. */
export const JOB_ID_FORM = "1 to 128 letters, digits, underscores, dots or dashes";

/** Whether a job may have this id, on every broker. */
export function isJobId(id: string): boolean {
  return MESSAGE_ID.test(id);
}

/** A UTF-16 code unit never takes more than this many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Holds a message against what its queue has declared, before anything is sent.
 * @throws ConfigError · UnsupportedError · PayloadTooLargeError
 */
export function checkMessage(
  message: OutgoingMessage,
  capabilities: Capabilities,
  place: { readonly broker: string; readonly queue: string },
): void {
  if (!isJobId(message.id)) {
    throw new ConfigError("a job id is not usable.", {
      hint: `Use ${JOB_ID_FORM}.`,
    });
  }
  if (message.delayMs !== undefined) checkDelayOf(message.delayMs, capabilities, place);
  if (message.priority !== undefined) checkPriority(message.priority, capabilities, place);
  if (message.groupKey !== undefined && capabilities.groups === false) {
    throw new UnsupportedError(
      place,
      "groups",
      "has no message groups",
      "Leave the group out, or use another broker.",
    );
  }
  checkSize(message, capabilities, place.queue);
}

function checkDelayOf(
  delayMs: number,
  { delay }: Capabilities,
  place: { readonly broker: string; readonly queue: string },
): void {
  checkDelay(delayMs, "a delay");
  if (delayMs === 0) return;
  if (delay === false) {
    throw new UnsupportedError(
      place,
      "delay",
      "has no delayed messages",
      "Send without a delay, or use another broker.",
    );
  }
  if (delayMs > delay.maxMs) {
    throw new UnsupportedError(
      place,
      "delay",
      `delays at most ${delay.maxMs} ms, not ${delayMs}`,
      "Use a shorter delay, or another broker.",
    );
  }
}

function checkPriority(
  priority: number,
  capabilities: Capabilities,
  place: { readonly broker: string; readonly queue: string },
): void {
  const levels = capabilities.priority === false ? 1 : capabilities.priority.levels;
  if (!Number.isInteger(priority) || priority < 0) {
    throw new ConfigError(`a priority must be a whole number from 0 (normal) to 9 (first); got ${priority}.`);
  }
  if (priority === 0 || priority < levels) return;
  if (capabilities.priority === false) {
    throw new UnsupportedError(
      place,
      "priority",
      "has no priority",
      "Use one queue per priority, or another broker.",
    );
  }
  throw new UnsupportedError(place, "priority", `has priorities 0 to ${levels - 1}, not ${priority}`);
}

function checkSize(message: OutgoingMessage, { maxMessageBytes }: Capabilities, queue: string): void {
  if (message.body.length * MAX_BYTES_PER_UNIT <= maxMessageBytes) return;
  const bytes = Buffer.byteLength(message.body);
  if (bytes > maxMessageBytes) {
    throw new PayloadTooLargeError(`job ${message.id} for queue "${queue}"`, bytes, maxMessageBytes);
  }
}
