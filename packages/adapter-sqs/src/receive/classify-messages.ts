import type { Message } from "@aws-sdk/client-sqs";
import { restMs } from "../message/due-time.ts";
import type { DedupeCache } from "./dedupe-cache.ts";

/** Received messages by what to do with them. Messages already in flight here need nothing. */
export interface ClassifiedMessages {
  readonly due: readonly Message[];
  /** Not due yet, because of a long delay. */
  readonly early: readonly Message[];
  /** Already done by this process. */
  readonly done: readonly Message[];
}

/** The current time by the monotonic clock and by SQS's. */
export interface Moment {
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
