import { type QueueSettings, USUAL_SETTINGS } from "../capabilities.ts";
import { unreadable } from "../client/check-answer.ts";
import type { SqsLink } from "../client/sqs-link.ts";
import { isFifoName } from "./queue-name.ts";

/** Attributes of a queue by the names of SQS. */
export type QueueAttributes = Readonly<Partial<Record<string, string>>>;

/** The dead-letter queue of a queue. */
export interface RedriveTarget {
  readonly name: string;
  readonly accountId: string;
  readonly arn: string;
}

/** Attributes that the adapter reads. */
export const READ_ATTRIBUTES = [
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "RedrivePolicy",
  "QueueArn",
] as const;

/** Reads attributes; missing ones get AWS's defaults. @throws Error named UnreadableAnswer */
export function readQueueSettings(fullName: string, attributes: QueueAttributes): QueueSettings {
  const { MaximumMessageSize, MessageRetentionPeriod, RedrivePolicy } = attributes;
  const policy = readPolicy(RedrivePolicy);
  return {
    isFifo: isFifoName(fullName),
    maxMessageBytes:
      MaximumMessageSize === undefined
        ? USUAL_SETTINGS.maxMessageBytes
        : readCount("MaximumMessageSize", MaximumMessageSize),
    retentionMs:
      MessageRetentionPeriod === undefined
        ? USUAL_SETTINGS.retentionMs
        : readCount("MessageRetentionPeriod", MessageRetentionPeriod) * 1000,
    maxReceiveCount: policy?.maxReceiveCount ?? null,
  };
}

/** The target of the redrive policy; `undefined` without one. */
export function readRedriveTarget({ RedrivePolicy }: QueueAttributes): RedriveTarget | undefined {
  const arn = readPolicy(RedrivePolicy)?.arn;
  if (arn === undefined) return undefined;
  const [accountId = "", name = ""] = arn.split(":").slice(4);
  return { arn, accountId, name };
}

/** `{"deadLetterTargetArn":"arn:aws:sqs:region:account:name","maxReceiveCount":5}`, its number as text from some tools. */
function readPolicy(
  text: string | undefined,
): { readonly arn: string; readonly maxReceiveCount: number } | undefined {
  if (text === undefined || text === "") return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = parsePolicy(text);
  if (deadLetterTargetArn === undefined) return undefined;
  return { arn: deadLetterTargetArn, maxReceiveCount: readCount("maxReceiveCount", maxReceiveCount) };
}

interface RedrivePolicy {
  readonly deadLetterTargetArn?: string;
  readonly maxReceiveCount?: number | string;
}

function parsePolicy(text: string): RedrivePolicy {
  try {
    return (JSON.parse(text) ?? {}) as RedrivePolicy;
  } catch {
    throw unreadable("the RedrivePolicy");
  }
}

/** Reads a number that SQS sends as text. @throws Error named UnreadableAnswer when it is none */
function readCount(name: string, text: string | number | undefined): number {
  if (text === undefined || !/^\d+$/.test(String(text))) throw unreadable(`the ${name} of a queue`);
  return Number(text);
}

/** Approximate numbers of a queue's messages. SQS counts waiting retries as leased, since visibility hides both. */
export interface StoredCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
}

const COUNTS = {
  ready: "ApproximateNumberOfMessages",
  delayed: "ApproximateNumberOfMessagesDelayed",
  leased: "ApproximateNumberOfMessagesNotVisible",
} as const;

/** Asks for the counts of a queue. @throws JobsError also when a count is missing, which does not mean 0 */
export async function readCounts(
  link: SqsLink,
  { url, fullName }: { readonly url: string; readonly fullName: string },
): Promise<StoredCounts> {
  return link.call({
    queue: fullName,
    async run(client) {
      const AttributeNames = Object.values(COUNTS);
      const { Attributes = {} } = await client.getQueueAttributes({ QueueUrl: url, AttributeNames });
      const read = (name: (typeof AttributeNames)[number]) => readCount(name, Attributes[name]);
      return { ready: read(COUNTS.ready), delayed: read(COUNTS.delayed), leased: read(COUNTS.leased) };
    },
  });
}
