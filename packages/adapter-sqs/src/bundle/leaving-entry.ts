import type { Message } from "@aws-sdk/client-sqs";
import { firstMessageId, hasDied, redrivesOf } from "../dead-letter/read-dead-letter.ts";
import {
  ATTRIBUTE,
  DEATH_ATTRIBUTES,
  keptAttributes,
  numberAttribute,
  textAttribute,
} from "../message/attributes.ts";
import { copyEntry, type SendEntry } from "../message/send-entry.ts";
import { bundleBody, jobOf, jobText } from "./bundle-body.ts";

/** When a job that leaves its bundle is due again, and what has happened to it. */
export interface Leaving {
  /** Deliveries so far. SQS counts from 0 again, so they are stored with the job. */
  readonly deliveries: number;
  readonly delayMs: number;
  /** The longest delay of one message, in seconds. */
  readonly maxDelaySeconds: number;
}

/** A job of a bundle as a message of its own. */
export function leavingEntry(job: Message, leaving: Leaving): SendEntry {
  const { messageId, past, dueInMs, redrives: redrivesName } = ATTRIBUTE;
  const redrives = redrivesOf(job, hasDied(job));
  const delaySeconds = Math.ceil(leaving.delayMs / 1000);
  const attributes = {
    ...keptAttributes(job, [...DEATH_ATTRIBUTES, redrivesName], 3),
    [messageId]: textAttribute(firstMessageId(job)),
    ...(redrives === 0 ? {} : { [redrivesName]: numberAttribute(redrives) }),
    ...(leaving.deliveries === 0 ? {} : { [past]: numberAttribute(leaving.deliveries) }),
    ...(delaySeconds > leaving.maxDelaySeconds
      ? { [dueInMs]: numberAttribute(Math.ceil(leaving.delayMs)) }
      : {}),
  };
  return copyEntry(job, {
    isFifo: false,
    attributes,
    dedupeId: "",
    delaySeconds: Math.min(delaySeconds, leaving.maxDelaySeconds),
  });
}

/** Jobs of a bundle that were not delivered yet, as one message. */
export function restEntry(bundle: Message, jobs: readonly Message[]): SendEntry {
  const [first] = jobs;
  if (jobs.length === 1 && first !== undefined) {
    return leavingEntry(first, { deliveries: 0, delayMs: 0, maxDelaySeconds: 0 });
  }
  const { dueInMs, bundle: count } = ATTRIBUTE;
  const Body = bundleBody(jobs.map((job) => jobText(jobOf(job))));
  const attributes = {
    ...keptAttributes(bundle, [dueInMs, count], 1),
    [count]: numberAttribute(jobs.length),
  };
  return copyEntry({ ...bundle, Body }, { isFifo: false, attributes, dedupeId: "", delaySeconds: 0 });
}
