import type { OutgoingMessage } from "@jobs/core";
import { PRIORITY_LEVELS } from "../capabilities.ts";
import { toStoredId } from "../layout/message-key.ts";

/** As many as one script stores without keeping others waiting for long. */
const MAX_MESSAGES = 500;
const MAX_UNITS = 4 * 1024 * 1024;

/** Halves of surrogate pairs; in unicode mode whole pairs are other characters. */
export const UNSTORABLE = /\p{Surrogate}/u;

/** Cuts a send into parts that Redis stores one at a time. */
export function* inParts(messages: readonly OutgoingMessage[]): Generator<readonly OutgoingMessage[]> {
  let part: OutgoingMessage[] = [];
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

/** Messages as the script takes them. */
export function sendArguments(messages: readonly OutgoingMessage[]): readonly (string | number)[] {
  return messages.flatMap(({ id, label, body, delayMs = 0, priority = 0 }) => [
    toStoredId(id),
    label,
    body,
    Math.ceil(delayMs),
    toStoredPriority(priority),
  ]);
}

/** BullMQ counts from 1, the first to run, and runs what has none before all others. */
function toStoredPriority(priority: number): number {
  return PRIORITY_LEVELS - priority;
}

/** The priority that BullMQ's stands for; its own producers' numbers are cut to the range. */
export function toPriority(stored: number): number {
  return Math.min(PRIORITY_LEVELS - 1, Math.max(0, PRIORITY_LEVELS - stored));
}
