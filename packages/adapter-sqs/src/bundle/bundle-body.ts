import type { Message } from "@aws-sdk/client-sqs";
import { firstMessageId } from "../dead-letter/read-dead-letter.ts";
import { ATTRIBUTE, keptAttributes, readText, textAttribute } from "../message/attributes.ts";
import { jobAttributes } from "../message/send-entry.ts";

/**
 * The beginning of every bundle. A reader that knows no bundles finds an envelope of a much newer version. Older workers
 * hold such a message, since a deployment may be under way, and set it aside as `envelope_version` later.
 */
const START = '{"v":1000,"bundle":[';

const END = "]}";

/** Bytes of a bundle without its jobs. */
export const FRAME_BYTES = START.length + END.length;

/** One job of a bundle. */
export interface BundledJob {
  /** The job's id. */
  readonly id: string;
  /** The task's name. */
  readonly label: string;
  readonly body: string;
  /** The id that its send returned, if it was in another message then. */
  readonly messageId?: string | undefined;
}

/** A job as a part of a bundle. Its body is a text inside JSON, so that it arrives exactly as it was sent. */
export function jobText({ id, label, body, messageId }: BundledJob): string {
  return JSON.stringify({ id, label, body, messageId });
}

/** The body of a bundle, from the texts of its jobs. */
export function bundleBody(texts: readonly string[]): string {
  return START + texts.join(",") + END;
}

/** The id of one job of a bundle, as its send returns it. */
export function bundledId(messageId: string, index: number): string {
  return `${messageId}.${index}`;
}

/**
 * The jobs of a bundle, each as the message that it would be alone. `undefined` for any other message, and for a bundle
 * that cannot be read: core decides about that as about every such body.
 */
export function bundledMessages(message: Message): readonly Message[] | undefined {
  const { Body = "", ReceiptHandle = "", Attributes } = message;
  const jobs = Body.startsWith(START) ? readJobs(Body) : undefined;
  if (jobs === undefined) return undefined;
  // A bundle that was a dead letter has its reason and its redrives, and so have its jobs.
  const { messageId, bundle, dueInMs, task, job } = ATTRIBUTE;
  const common = keptAttributes(message, [messageId, bundle, dueInMs, task, job], 3);
  return jobs.map(({ id, label, body, messageId: own }, index) => ({
    MessageId: bundledId(message.MessageId ?? "", index),
    ReceiptHandle: bundledId(ReceiptHandle, index),
    Body: body,
    ...(Attributes === undefined ? {} : { Attributes }),
    MessageAttributes: {
      ...common,
      ...jobAttributes(id, label),
      [messageId]: textAttribute(own ?? bundledId(firstMessageId(message), index)),
    },
  }));
}

/** A job of a bundle for another bundle: it keeps its first id. */
export function jobOf(message: Message): BundledJob {
  return {
    id: readText(message, ATTRIBUTE.job) ?? "",
    label: readText(message, ATTRIBUTE.task) ?? "",
    body: message.Body ?? "",
    messageId: firstMessageId(message),
  };
}

function readJobs(body: string): readonly BundledJob[] | undefined {
  try {
    const { bundle } = JSON.parse(body) as { readonly bundle: readonly BundledJob[] };
    return bundle.length > 0 && bundle.every(isJob) ? bundle : undefined;
  } catch {
    return undefined;
  }
}

function isJob(job: BundledJob | null): boolean {
  return typeof job?.id === "string" && typeof job.label === "string" && typeof job.body === "string";
}
