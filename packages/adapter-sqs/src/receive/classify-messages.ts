import type { Message } from "@aws-sdk/client-sqs";
import { restMs } from "../message/due-time.ts";
import type { DedupeCache } from "./dedupe-cache.ts";

/** What a receive brought, by what is to be done with it. Who is held already needs nothing. */
export interface ClassifiedMessages {
  readonly due: readonly Message[];
  /** On a long delay, and not at its end. */
  readonly early: readonly Message[];
  /** Done here before. */
  readonly done: readonly Message[];
}

/** When it is: on the monotonic clock, and by SQS's own. */
export interface Moment {
  readonly now: number;
  readonly serverTimeMs: number;
}

/** Sorts what a receive brought. */
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
