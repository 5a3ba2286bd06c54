import type { Message } from "@aws-sdk/client-sqs";
import {
  ATTRIBUTE,
  DEATH_ATTRIBUTES,
  keptAttributes,
  numberAttribute,
  readText,
  textAttribute,
} from "../message/attributes.ts";
import { copyEntry, type SendEntry } from "../message/send-entry.ts";
import { readReason, storedDeadLetter } from "./read-dead-letter.ts";

/** The most attributes that are written besides those of the job. */
const MOST_WRITTEN = 5;

/**
 * A job of a bundle among the dead letters, as a dead letter of its own. SQS itself has moved the bundle, or a worker of
 * a version that reads no bundles. What that says of the bundle is now said of each job.
 */
export function bundledDeadLetter(job: Message): SendEntry {
  const { reason, error, deliveries, deadAt, redrives: count } = ATTRIBUTE;
  const { deliveryCount, redrives, dead } = storedDeadLetter(job);
  const text = dead?.error === undefined ? undefined : readText(job, error);
  const attributes = {
    ...keptAttributes(job, [...DEATH_ATTRIBUTES, count], MOST_WRITTEN),
    [reason]: textAttribute(readReason(job)),
    [deliveries]: numberAttribute(deliveryCount),
    ...(dead === undefined ? {} : { [deadAt]: numberAttribute(dead.at) }),
    ...(redrives === 0 ? {} : { [count]: numberAttribute(redrives) }),
    ...(text === undefined ? {} : { [error]: textAttribute(text) }),
  };
  return copyEntry(job, { isFifo: false, attributes, dedupeId: "" });
}
