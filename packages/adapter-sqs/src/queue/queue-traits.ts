import { type QueueTraits, USUAL_TRAITS } from "../capabilities.ts";
import { isFifoName } from "./queue-name.ts";

/** Attributes of a queue by the names of SQS. */
export type QueueAttributes = Readonly<Partial<Record<string, string>>>;

/** Where a queue's dead letters go. */
export interface RedriveTarget {
  readonly name: string;
  readonly accountId: string;
  readonly arn: string;
}

/** What the adapter needs to know of a queue. */
export const READ_ATTRIBUTES = [
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "RedrivePolicy",
  "QueueArn",
] as const;

/** Reads attributes; what is missing is taken as AWS has it by default. */
export function readTraits(fullName: string, attributes: QueueAttributes): QueueTraits {
  const { MaximumMessageSize, MessageRetentionPeriod, RedrivePolicy } = attributes;
  const policy = readPolicy(RedrivePolicy);
  return {
    isFifo: isFifoName(fullName),
    maxMessageBytes: Number(MaximumMessageSize ?? USUAL_TRAITS.maxMessageBytes),
    retentionMs:
      MessageRetentionPeriod === undefined ? USUAL_TRAITS.retentionMs : Number(MessageRetentionPeriod) * 1000,
    maxReceiveCount: policy?.maxReceiveCount ?? null,
  };
}

/** Where the redrive policy points; `undefined` without one. */
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
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(text) as {
    readonly deadLetterTargetArn?: string;
    readonly maxReceiveCount?: number | string;
  };
  if (deadLetterTargetArn === undefined) return undefined;
  return { arn: deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) };
}
