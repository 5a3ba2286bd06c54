import { MalformedMessageError } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import type { Capabilities } from "./capabilities.ts";
import { checkMessage } from "./check-message.ts";
import type { OutgoingMessage, SendResult } from "./message.ts";

/** Where messages are going, and what its storage cannot give back unchanged. */
export interface Destination {
  /** Kind of the broker. */
  readonly broker: string;
  /** Full name of the queue. */
  readonly queue: string;
  readonly capabilities: Capabilities;
  /** Matches a body that the storage would change. The wire envelope has none of it; what others write may. */
  readonly unstorable: RegExp;
}

/**
 * What a `send` of every adapter does: messages that are not usable are refused with their reason, the others are
 * stored, in their order, and result i answers message i.
 */
export async function sendUsable(
  messages: readonly OutgoingMessage[],
  destination: Destination,
  store: (usable: readonly OutgoingMessage[]) => Promise<readonly SendResult[]>,
): Promise<readonly SendResult[]> {
  const refusals = messages.map((message) => refusalOf(message, destination));
  const usable = messages.filter((_, index) => refusals[index] === undefined);
  const answers = (usable.length === 0 ? [] : await store(usable)).values();
  return refusals.map((error) =>
    error === undefined ? (answers.next().value as SendResult) : { status: "failed", error },
  );
}

function refusalOf(message: OutgoingMessage, destination: Destination): JobsError | undefined {
  try {
    checkMessage(message, destination.capabilities, destination);
  } catch (error) {
    if (isJobsError(error)) return error;
    throw error;
  }
  if (!destination.unstorable.test(message.body)) return undefined;
  return new MalformedMessageError(
    `the body of job ${message.id} has characters that ${destination.broker} would not give back unchanged.`,
    { hint: "Escape halves of surrogate pairs and control characters as JSON.stringify does." },
  );
}
