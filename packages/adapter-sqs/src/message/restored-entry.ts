import type { RestoredMessage } from "@jobs/core/broker";
import type { QueueSettings } from "../capabilities.ts";
import { withError } from "../dead-letter/move-to-dead-letter-queue.ts";
import { ATTRIBUTE, type Attributes, numberAttribute, textAttribute } from "./attributes.ts";
import { addAttributes, type EntryStyle, newEntry, type SendEntry } from "./send-entry.ts";

/** A message of another broker for its queue. Its failures and crashes become deliveries: SQS counts nothing else. */
export function restoredEntry(message: RestoredMessage, style: EntryStyle): SendEntry {
  const { failureCount, crashCount, redrives } = message;
  const past = failureCount + crashCount;
  return addAttributes(newEntry(message, style), {
    ...(past === 0 ? {} : { [ATTRIBUTE.past]: numberAttribute(past) }),
    ...redriveAttribute(redrives),
  });
}

/** A dead letter of another broker, for the dead-letter queue. */
export function restoredDeadEntry(
  { dead, ...message }: RestoredMessage & Required<Pick<RestoredMessage, "dead">>,
  { isFifo, maxMessageBytes }: QueueSettings,
): SendEntry {
  const entry = newEntry({ ...message, delayMs: 0 }, { isFifo, maxDelaySeconds: 0 });
  const attributes = {
    [ATTRIBUTE.reason]: textAttribute(dead.reason),
    [ATTRIBUTE.deliveries]: numberAttribute(message.deliveryCount),
    [ATTRIBUTE.deadAt]: numberAttribute(dead.at),
    ...redriveAttribute(message.redrives),
  };
  return addAttributes(entry, withError(attributes, dead.error, maxMessageBytes - entry.bytes));
}

function redriveAttribute(redrives: number): Attributes {
  return redrives === 0 ? {} : { [ATTRIBUTE.redrives]: numberAttribute(redrives) };
}
