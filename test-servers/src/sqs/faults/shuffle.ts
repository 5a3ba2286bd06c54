import { entriesOf } from "../protocol/sqs-batch.ts";
import { done, type SqsLayer } from "../protocol/sqs-call.ts";
import { shuffled } from "./shuffled.ts";

/** Shuffles messages: the emulator keeps an order that a standard queue does not promise. FIFO queues keep theirs. */
export function shuffle(random: () => number): SqsLayer {
  return async (call, next) => {
    if (String(call.body.QueueUrl).endsWith(".fifo")) return next(call);
    const entries = entriesOf(call);
    if (entries !== undefined) {
      return next({ ...call, body: { ...call.body, Entries: shuffled(entries, random) } });
    }
    const answer = await next(call);
    if (answer.status === "cut" || !Array.isArray(answer.body.Messages)) return answer;
    return done({ ...answer.body, Messages: shuffled(answer.body.Messages, random) });
  };
}
