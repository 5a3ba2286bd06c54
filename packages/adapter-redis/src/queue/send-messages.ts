import { isJobsError } from "@jobs/core";
import type { OutgoingMessage, RestoredMessage, SendResult, StoredMessage } from "@jobs/core/broker";
import { PRIORITY_LEVELS } from "../capabilities.ts";
import { PLACED_FIELDS, PLAIN_FIELDS } from "../scripts/send.lua.ts";
import { toStoredId } from "./message-key.ts";

/**
 * The most messages that one script stores, so that other commands do not wait long. Redis stores them while the next
 * are prepared.
 */
export const MAX_MESSAGES = 250;
/** The most UTF-16 units of all bodies in one script. A larger body goes alone. */
export const MAX_UNITS = 4 * 1024 * 1024;

/**
 * Sends messages in parts, with one call of `store` for each. Redis stores one part while the next is prepared.
 * Rejects only when no part was stored.
 */
export async function sendInParts<Message extends OutgoingMessage>(
  messages: readonly Message[],
  store: (part: readonly Message[]) => Promise<readonly SendResult[]>,
): Promise<readonly SendResult[]> {
  const parts = [...inParts(messages)];
  const sent = await Promise.allSettled(parts.map(store));
  const [first] = sent;
  if (first?.status === "rejected" && sent.every(({ status }) => status === "rejected")) throw first.reason;
  return parts.flatMap((part, index) => {
    const answer = sent[index];
    if (answer?.status === "fulfilled") return answer.value;
    const error: unknown = answer?.reason;
    if (!isJobsError(error)) throw error;
    return part.map((): SendResult => ({ status: "failed", error }));
  });
}

/** Cuts a send into parts that Redis stores one at a time. */
function* inParts<Message extends OutgoingMessage>(
  messages: readonly Message[],
): Generator<readonly Message[]> {
  let part: Message[] = [];
  let units = 0;
  for (const message of messages) {
    if (part.length === MAX_MESSAGES || (part.length > 0 && units + message.body.length > MAX_UNITS)) {
      yield part;
      part = [];
      units = 0;
    }
    part.push(message);
    units += message.body.length;
  }
  if (part.length > 0) yield part;
}

/** Messages as arguments of the script. */
export function sendArguments(messages: readonly OutgoingMessage[]): readonly (string | number)[] {
  const shared = messages[0]?.maxAttempts;
  const arePlain = messages.every((message) => isPlain(message) && message.maxAttempts === shared);
  const args: (string | number)[] = arePlain ? [PLAIN_FIELDS, storedOptions(shared, 0)] : [PLACED_FIELDS, ""];
  for (const { id, label, body, delayMs = 0, priority = 0, maxAttempts } of messages) {
    args.push(toStoredId(id), label, body);
    if (arePlain) continue;
    const stored = toStoredPriority(priority);
    args.push(Math.ceil(delayMs), stored, storedOptions(maxAttempts, stored));
  }
  return args;
}

/** Messages of another broker as arguments of the script that restores them. */
export function restoreArguments(messages: readonly RestoredMessage[]): readonly (string | number)[] {
  return messages.flatMap((message) => {
    const { id, label, body, delayMs = 0, priority = 0, maxAttempts, lastError = "", dead } = message;
    const stored = toStoredPriority(priority);
    const { deliveryCount, failureCount, crashCount, redrives } = message;
    const counts = [deliveryCount, failureCount, crashCount, redrives];
    const death = dead === undefined ? ["", 0, "", ""] : [dead.reason, dead.at, ...describeDeath(dead)];
    const placed = [Math.ceil(delayMs), stored, storedOptions(maxAttempts, stored)];
    return [toStoredId(id), label, body, ...placed, ...counts, lastError, ...death];
  });
}

/** A reason as BullMQ's tools show it, and the error as JSON. */
export function describeDeath({
  reason,
  error,
}: Pick<NonNullable<StoredMessage["dead"]>, "reason" | "error">): readonly [shown: string, error: string] {
  return error === undefined ? [reason, ""] : [`${reason}: ${error.message}`, JSON.stringify(error)];
}

/** Converts the indexes of duplicates, counted from 1, to results. */
export function sendResults(
  messages: readonly OutgoingMessage[],
  duplicates: readonly number[],
): readonly SendResult[] {
  const results = messages.map(({ id }): SendResult => ({ status: "sent", messageId: id }));
  for (const position of duplicates) {
    const message = messages[position - 1];
    if (message !== undefined) results[position - 1] = { status: "duplicate", messageId: message.id };
  }
  return results;
}

function isPlain({ delayMs = 0, priority = 0 }: OutgoingMessage): boolean {
  return delayMs === 0 && priority === 0;
}

/**
 * BullMQ's options of a job. BullMQ's worker uses them for retries; our worker uses the task's settings. Without
 * attempts a job runs once.
 */
function storedOptions(attempts = 1, priority: number): string {
  return priority === 0 ? `{"attempts":${attempts}}` : `{"attempts":${attempts},"priority":${priority}}`;
}

/** BullMQ counts from 1, the first to run; 0 means no priority. */
function toStoredPriority(priority: number): number {
  return priority === 0 ? 0 : PRIORITY_LEVELS - priority;
}

/** Converts a priority of BullMQ. Lower ones than ours, from its own producers, count as normal. */
export function toPriority(stored: number): number {
  return stored > 0 && stored < PRIORITY_LEVELS ? PRIORITY_LEVELS - stored : 0;
}
