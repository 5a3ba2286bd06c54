import { isJobsError } from "@jobs/core";
import type { OutgoingMessage, RestoredMessage, SendResult, StoredMessage } from "@jobs/core/broker";
import { PRIORITY_LEVELS } from "../capabilities.ts";
import { splitEnvelope, taskOf } from "../codec/split-envelope.ts";
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
  // Nearly every send, and the quickest way for a lone one.
  if (parts.length === 1) return store(messages);
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

/**
 * The only message of a send as arguments of the script for one. `undefined` where it needs the general script, as with a
 * delay or a priority.
 */
export function loneArguments(messages: readonly OutgoingMessage[]): readonly string[] | undefined {
  const [message] = messages;
  if (message === undefined || messages.length > 1 || !isPlain(message)) return undefined;
  const { id, label } = message;
  // The script separates parts by line breaks, when it hands the job to a consumer.
  if (label.includes("\n")) return undefined;
  const { data, at, options } = splitMessage(message);
  return [toStoredId(id), label, data, at, options];
}

/** Messages as arguments of the script. */
export function sendArguments(messages: readonly OutgoingMessage[]): readonly (string | number)[] {
  const parts = messages.map(splitMessage);
  const shared = parts[0]?.options;
  const arePlain = parts.every(({ options }, index) => options === shared && isPlain(messages[index]));
  const args: (string | number)[] = arePlain ? [PLAIN_FIELDS, shared ?? ""] : [PLACED_FIELDS, ""];
  parts.forEach(({ data, at, options }, index) => {
    const { id, label, delayMs = 0, priority = 0 } = messages[index] as OutgoingMessage;
    args.push(toStoredId(id), label, data, at);
    if (!arePlain) args.push(Math.ceil(delayMs), toStoredPriority(priority), options);
  });
  return args;
}

/** The parts of a message as they are stored. `at`: when it was enqueued, in ms since 1970; '' for a whole body. */
interface MessageParts {
  readonly data: string;
  readonly at: string;
  /** BullMQ's options as JSON. */
  readonly options: string;
}

function splitMessage(message: OutgoingMessage): MessageParts {
  const split = splitEnvelope(message);
  const options = storedOptions(message, split?.options);
  if (split === undefined) return { data: message.body, at: "", options };
  return { data: split.params, at: split.at, options };
}

/** Messages of another broker as arguments of the script that restores them. */
export function restoreArguments(messages: readonly RestoredMessage[]): readonly (string | number)[] {
  return messages.flatMap((message) => {
    const { id, label, delayMs = 0, priority = 0, lastError = "", dead } = message;
    const { data, at, options } = splitMessage(message);
    const { deliveryCount, failureCount, crashCount, redrives } = message;
    const counts = [deliveryCount, failureCount, crashCount, redrives];
    const death = dead === undefined ? ["", 0, "", ""] : [dead.reason, dead.at, ...describeDeath(dead)];
    const placed = [Math.ceil(delayMs), toStoredPriority(priority), options];
    return [toStoredId(id), label, data, at, ...placed, ...counts, lastError, ...death];
  });
}

/** The parts of a new body as arguments of the script that redrives; empty texts for none. */
export function redrivenBody(
  id: string,
  body: string | undefined,
): readonly [data: string, name: string, options: string] {
  if (body === undefined) return ["", "", ""];
  const label = taskOf(body);
  const split = splitEnvelope({ id, label, body });
  if (split === undefined) return [`=${body}`, "", ""];
  return [`=${split.params}`, label, `${split.options},"at":${split.at}`];
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

function isPlain({ delayMs = 0, priority = 0 }: Partial<OutgoingMessage> = {}): boolean {
  return delayMs === 0 && priority === 0;
}

/**
 * BullMQ's options of a job, behind those that carry its envelope. BullMQ's worker uses them for retries; our worker
 * uses the task's settings. Without attempts a job runs once.
 */
function storedOptions(
  { maxAttempts = 1, priority = 0 }: Pick<OutgoingMessage, "maxAttempts" | "priority">,
  carried = "",
): string {
  const isLast = last.maxAttempts === maxAttempts && last.priority === priority && last.carried === carried;
  if (!isLast) last = { maxAttempts, priority, carried, text: writeOptions(maxAttempts, priority, carried) };
  return last.text;
}

/** The options that were written last. Many messages in a row have the same, and the same text is compared at once. */
let last = { maxAttempts: 1, priority: 0, carried: "", text: "{}" };

function writeOptions(maxAttempts: number, priority: number, carried: string): string {
  const options: string[] = carried === "" ? [] : [carried];
  if (maxAttempts !== 1) options.push(`"attempts":${maxAttempts}`);
  if (priority !== 0) options.push(`"priority":${toStoredPriority(priority)}`);
  return `{${options.join(",")}}`;
}

/** BullMQ counts from 1, the first to run; 0 means no priority. */
function toStoredPriority(priority: number): number {
  return priority === 0 ? 0 : PRIORITY_LEVELS - priority;
}

/** Converts a priority of BullMQ. Lower ones than ours, from its own producers, count as normal. */
export function toPriority(stored: number): number {
  return stored > 0 && stored < PRIORITY_LEVELS ? PRIORITY_LEVELS - stored : 0;
}
