import { done, type SqsAnswer, type SqsBody } from "../protocol/sqs-call.ts";
import type { FaultDice } from "./fault-dice.ts";

/** Raises the count of the messages that the dice choose. */
export function withHigherCounts(answer: SqsAnswer, dice: FaultDice, by: number): SqsAnswer {
  if (answer.status === "cut" || !Array.isArray(answer.body.Messages)) return answer;
  const messages = (answer.body.Messages as readonly SqsBody[]).map((message) =>
    dice.isMet() ? withHigherCount(message, by) : message,
  );
  return done({ ...answer.body, Messages: messages });
}

/** A message with a higher receive count; without a count when none was requested. */
export function withHigherCount(message: SqsBody, by: number): SqsBody {
  const { ApproximateReceiveCount: count, ...others } = (message.Attributes ?? {}) as SqsBody;
  if (count === undefined) return message;
  return { ...message, Attributes: { ...others, ApproximateReceiveCount: String(Number(count) + by) } };
}
