import { queueArn, queueNameOf } from "../emulator.ts";
import type { BatchEntry } from "../protocol/sqs-batch.ts";
import { done, type SqsBody, type SqsCall, type SqsLayer } from "../protocol/sqs-call.ts";

const ORIGIN = "DeadLetterQueueSourceArn";

/** Adds the source queue to messages that SQS itself moved to a dead-letter queue, when the request asks for it. */
export function tellOrigin(): SqsLayer {
  const sentTo = new Map<unknown, string>();
  return async (call, next) => {
    const answer = await next(call);
    if (answer.status === "cut" || answer.code !== 200) return answer;
    const queue = queueNameOf(call.body);
    for (const id of sentIds(call, answer.body)) sentTo.set(id, queue);
    if (call.action !== "ReceiveMessage" || !isAskedFor(call.body)) return answer;
    const messages = (answer.body.Messages ?? []) as readonly SqsBody[];
    if (messages.length === 0) return answer;
    const told = messages.map((message) => {
      const origin = sentTo.get(message.MessageId);
      return origin === undefined || origin === queue
        ? message
        : {
            ...message,
            Attributes: { ...(message.Attributes as SqsBody), [ORIGIN]: queueArn(origin, call.region) },
          };
    });
    return done({ ...answer.body, Messages: told });
  };
}

function sentIds({ action }: SqsCall, body: SqsBody): readonly unknown[] {
  if (action === "SendMessage") return [body.MessageId];
  if (action !== "SendMessageBatch") return [];
  return ((body.Successful ?? []) as readonly BatchEntry[]).map(({ MessageId }) => MessageId);
}

function isAskedFor({ MessageSystemAttributeNames: names }: SqsBody): boolean {
  return Array.isArray(names) && (names.includes("All") || names.includes(ORIGIN));
}
