import type { Message } from "@aws-sdk/client-sqs";
import { isJobsError } from "@jobs/core";
import { errorKind, errorName } from "../client/error-name.ts";
import type { SqsLink } from "../client/sqs-link.ts";
import { restMs } from "../message/due-time.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import type { DedupeCache } from "./dedupe-cache.ts";

/** Extra wait for an answer, in ms. The messages of a lost answer stay hidden until their lease ends. */
const MARGIN_MS = 1_500;

/** Options of one request. */
export interface PollOptions {
  readonly max: number;
  readonly waitSeconds: number;
  readonly leaseSeconds: number;
  /** How long the answer may take after its wait, in ms. */
  readonly timeoutMs: number;
}

/** The result. `at_limit`: SQS delivers no more until some are settled. */
export type Polled =
  | { readonly status: "received"; readonly messages: readonly Message[] }
  | { readonly status: "at_limit" };

/** Receives messages once, with all attributes that a copy needs. */
export async function poll(link: SqsLink, record: QueueRecord, options: PollOptions): Promise<Polled> {
  const { max, waitSeconds, leaseSeconds, timeoutMs } = options;
  const request = {
    QueueUrl: record.url,
    MaxNumberOfMessages: max,
    VisibilityTimeout: leaseSeconds,
    WaitTimeSeconds: waitSeconds,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: [
      "ApproximateFirstReceiveTimestamp" as const,
      "ApproximateReceiveCount" as const,
      "MessageGroupId" as const,
      "SentTimestamp" as const,
    ],
  };
  try {
    const { Messages = [] } = await link.call({
      queue: record.fullName,
      withinMs: waitSeconds * 1000 + timeoutMs + MARGIN_MS,
      run: (client) => client.receiveMessage(request),
    });
    return { status: "received", messages: Messages };
  } catch (error) {
    if (isJobsError(error) && errorKind(errorName(error.cause)) === "over_limit")
      return { status: "at_limit" };
    throw error;
  }
}

/** Received messages by what to do with them. Messages already in flight here need nothing. */
interface ClassifiedMessages {
  readonly due: readonly Message[];
  /** Not due yet, because of a long delay. */
  readonly early: readonly Message[];
  /** Already done by this process. */
  readonly done: readonly Message[];
}

/** The current time by the monotonic clock and by SQS's. */
interface Moment {
  readonly now: number;
  readonly serverTimeMs: number;
}

/** Classifies received messages. */
export function classifyMessages(
  messages: readonly Message[],
  dedupe: DedupeCache,
  { now, serverTimeMs }: Moment,
): ClassifiedMessages {
  const due: Message[] = [];
  const early: Message[] = [];
  const done: Message[] = [];
  for (const message of messages) {
    const { MessageId = "", ReceiptHandle = "" } = message;
    const as = dedupe.meet(MessageId, ReceiptHandle, now);
    if (as === "done") done.push(message);
    else if (as === "new") (restMs(message, serverTimeMs) > 0 ? early : due).push(message);
  }
  return { due, early, done };
}
