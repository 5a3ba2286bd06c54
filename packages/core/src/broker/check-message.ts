import { MalformedMessageError } from "../errors/broker-errors.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { PayloadTooLargeError } from "../errors/contract-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { checkDelay } from "../runtime/delay.ts";
import type { BodyText } from "./capabilities.ts";
import { type CheckedQueue, unsupported } from "./check-call.ts";
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

/** Anything that XML 1.0 has no character for. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Whether a body is text that a queue takes, by what the queue declares. */
const FITS: Readonly<Record<BodyText, (body: string) => boolean>> = {
  any: () => true,
  unicode: (body) => body.isWellFormed(),
  "unicode-without-nul": (body) => body.isWellFormed() && !body.includes("\0"),
  xml: (body) => body !== "" && !NOT_XML.test(body),
};

/** Why a message cannot be stored in the queue; `undefined` when it can. Not thrown: its neighbours are sent. */
export function refusalOfMessage(message: OutgoingMessage, queue: CheckedQueue): JobsError | undefined {
  try {
    checkMessage(message, queue);
  } catch (error) {
    if (isJobsError(error)) return error;
    throw error;
  }
  return undefined;
}

/**
 * Holds a message against what its queue has declared.
 * @throws ConfigError · UnsupportedError · PayloadTooLargeError · MalformedMessageError
 */
function checkMessage(message: OutgoingMessage, queue: CheckedQueue): void {
  if (!isJobId(message.id)) {
    throw new ConfigError("a job id is not usable.", {
      hint: `Use ${JOB_ID_FORM}.`,
    });
  }
  if (message.delayMs !== undefined) checkDelayOf(message.delayMs, queue);
  if (message.priority !== undefined) checkPriority(message.priority, queue);
  if (message.groupKey !== undefined && queue.capabilities.groups === false) {
    throw unsupported(
      queue.place,
      "groups",
      "has no message groups",
      "Leave the group out, or use another broker.",
    );
  }
  checkSize(message, queue);
  checkText(message, queue);
}

function checkDelayOf(delayMs: number, { capabilities: { delay }, place }: CheckedQueue): void {
  checkDelay(delayMs, "a delay");
  if (delayMs === 0) return;
  if (delay === false) {
    throw unsupported(
      place,
      "delay",
      "has no delayed messages",
      "Send without a delay, or use another broker.",
    );
  }
  if (delayMs > delay.maxMs) {
    throw unsupported(
      place,
      "delay",
      `delays at most ${delay.maxMs} ms, not ${delayMs}`,
      "Use a shorter delay, or another broker.",
    );
  }
}

function checkPriority(priority: number, { capabilities, place }: CheckedQueue): void {
  const levels = capabilities.priority === false ? 1 : capabilities.priority.levels;
  if (!Number.isInteger(priority) || priority < 0) {
    throw new ConfigError(`a priority must be a whole number from 0 (normal) to 9 (first); got ${priority}.`);
  }
  if (priority === 0 || priority < levels) return;
  if (capabilities.priority === false) {
    throw unsupported(place, "priority", "has no priority", "Use one queue per priority, or another broker.");
  }
  throw unsupported(place, "priority", `has priorities 0 to ${levels - 1}, not ${priority}`);
}

function checkSize({ id, body }: OutgoingMessage, { capabilities, place }: CheckedQueue): void {
  const { maxMessageBytes } = capabilities;
  if (body.length * MAX_BYTES_PER_UNIT <= maxMessageBytes) return;
  const bytes = Buffer.byteLength(body);
  if (bytes > maxMessageBytes) {
    throw new PayloadTooLargeError(`job ${id} for queue "${place.queue}"`, bytes, maxMessageBytes);
  }
}

/** The wire envelope has nothing that a broker refuses; what others write may. */
function checkText({ id, body }: OutgoingMessage, { capabilities, place }: CheckedQueue): void {
  if (FITS[capabilities.bodyText](body)) return;
  throw new MalformedMessageError(
    `the body of job ${id} is empty, or has characters that ${place.broker} would not give back unchanged.`,
    { hint: "Escape halves of surrogate pairs and control characters as JSON.stringify does." },
  );
}
