import type { JobsError } from "../errors/jobs-error.ts";
import type { BrokerQueue } from "./broker.ts";
import { checkMessage } from "./check-message.ts";
import type { OutgoingMessage, SendResult } from "./message.ts";
import { asJobsError, type CallTarget, named } from "./named-call.ts";

type QueuePlace = Required<CallTarget>;

/** Sends what is right and answers for the rest: one bad message never stops the others. */
export function sendChecked(
  queue: BrokerQueue,
  messages: readonly OutgoingMessage[],
  place: QueuePlace,
): Promise<readonly SendResult[]> {
  const refused = refusals(queue, messages, place);
  // As a rule all are right, and nothing is taken apart and put together again.
  if (refused.size === 0) return named(place, () => queue.send(messages), true);
  return sendRest(queue, messages, { refused, place });
}

/** What is wrong with messages, by their place in the list. */
function refusals(
  { capabilities }: BrokerQueue,
  messages: readonly OutgoingMessage[],
  place: QueuePlace,
): ReadonlyMap<number, JobsError> {
  const refused = new Map<number, JobsError>();
  let index = 0;
  for (const message of messages) {
    try {
      checkMessage(message, capabilities, place);
    } catch (error) {
      refused.set(index, asJobsError(error, place, false));
    }
    index++;
  }
  return refused;
}

async function sendRest(
  queue: BrokerQueue,
  messages: readonly OutgoingMessage[],
  { refused, place }: { readonly refused: ReadonlyMap<number, JobsError>; readonly place: QueuePlace },
): Promise<readonly SendResult[]> {
  const right = messages.filter((_, index) => !refused.has(index));
  const sent = right.length === 0 ? [] : await named(place, () => queue.send(right), true);
  const answers = sent.values();
  return messages.map((_, index) => {
    const error = refused.get(index);
    return error === undefined ? (answers.next().value as SendResult) : failed(error);
  });
}

function failed(error: JobsError): SendResult {
  return { status: "failed", error };
}
