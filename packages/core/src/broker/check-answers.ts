import { type BrokerTarget, InvalidAnswerError } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { typeWord } from "../options/type-word.ts";
import type { Delivery } from "./delivery.ts";
import type { SendResult } from "./message.ts";
import type { ExtendResult, SettleResult } from "./settlement.ts";

/** A status that came from an adapter, and what it may be. */
interface Answered {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly leaseUntil?: unknown;
}

/** A call with one answer for each item. */
interface ItemCall {
  readonly call: string;
  /** The statuses it may answer, in words. */
  readonly statuses: string;
  readonly isSend: boolean;
  isKnown(answer: Answered | null | undefined): boolean;
}

const SEND: ItemCall = {
  call: "send",
  statuses: '"sent", "duplicate", or "failed" with a JobsError',
  isSend: true,
  isKnown: (answer) => answer?.status === "sent" || answer?.status === "duplicate" || isFailure(answer),
};

const SETTLE: ItemCall = {
  call: "settle",
  statuses: '"settled", "lost", or "failed" with a JobsError',
  isSend: false,
  isKnown: (answer) => answer?.status === "settled" || answer?.status === "lost" || isFailure(answer),
};

const EXTEND: ItemCall = {
  call: "extend",
  statuses: '"extended" with leaseUntil, "lost", or "failed" with a JobsError',
  isSend: false,
  isKnown: (answer) =>
    answer?.status === "extended"
      ? isMoment(answer.leaseUntil)
      : answer?.status === "lost" || isFailure(answer),
};

function isFailure(answer: Answered | null | undefined): boolean {
  return answer?.status === "failed" && isJobsError(answer.error);
}

function isMoment(value: unknown): boolean {
  return typeof value === "number" && !Number.isNaN(value);
}

/**
 * Checks the answers of a send. An entry that says nothing becomes a failure: its message may be stored.
 * @throws InvalidAnswerError where it is not known which message an answer is for
 */
export function checkSent(answers: readonly SendResult[], count: number, target: BrokerTarget) {
  return checkEach(answers, count, SEND, target);
}

/**
 * Checks the answers of a settle. An entry that says nothing becomes a failure, so the settlement is tried again.
 * @throws InvalidAnswerError where it is not known which settlement an answer is for
 */
export function checkSettled(answers: readonly SettleResult[], count: number, target: BrokerTarget) {
  return checkEach(answers, count, SETTLE, target);
}

/** The same for the answers of an extend. @throws InvalidAnswerError */
export function checkExtended(answers: readonly ExtendResult[], count: number, target: BrokerTarget) {
  return checkEach(answers, count, EXTEND, target);
}

/** Each job passes here, so a good answer is read once, and not copied. */
function checkEach<Answer extends { readonly status: string }>(
  answers: readonly Answer[],
  count: number,
  call: ItemCall,
  target: BrokerTarget,
): readonly Answer[] {
  if (!Array.isArray(answers) || answers.length !== count) {
    const wrong = { call: call.call, expected: `an array of ${count} results`, got: shownAnswer(answers) };
    throw new InvalidAnswerError(target, wrong, { maybeSent: call.isSend });
  }
  for (let index = 0; index < count; index++) {
    if (!call.isKnown(answers[index])) return replaceUnknown(answers, call, target);
  }
  return answers;
}

function replaceUnknown<Answer>(
  answers: readonly Answer[],
  call: ItemCall,
  target: BrokerTarget,
): readonly Answer[] {
  // By index, since `map` leaves the holes of an array.
  return Array.from(answers, (answer, index) => {
    if (call.isKnown(answer as Answered)) return answer;
    const { cause, got } = unknownEntry(answer as Answered);
    const wrong = {
      call: call.call,
      expected: `a status of ${call.statuses}`,
      got: `${got} for item ${index}`,
    };
    const error = new InvalidAnswerError(target, wrong, { maybeSent: call.isSend, cause });
    return { status: "failed", error } as Answer;
  });
}

function unknownEntry(answer: Answered | null | undefined): {
  readonly got: string;
  readonly cause?: unknown;
} {
  const status = answer?.status;
  if (typeof status !== "string") return { got: typeWord(answer) };
  const got = JSON.stringify(status.slice(0, 40));
  if (status === "failed") return { got: `${got} without one`, cause: answer?.error };
  return { got };
}

/** The deliveries of a receive that can be used, and the error about the others, if any. */
export interface CheckedDeliveries {
  readonly received: readonly Delivery[];
  readonly receiveError?: JobsError;
}

/** Checks the answer of a receive. A delivery that cannot be read hides no other: these are leased to the caller. */
export function checkReceived(answer: readonly Delivery[], target: BrokerTarget): CheckedDeliveries {
  if (!Array.isArray(answer)) {
    return { received: [], receiveError: wrongAnswer(target, "receive", "an array of deliveries", answer) };
  }
  for (let index = 0; index < answer.length; index++) {
    if (!isDelivery(answer[index])) return withoutUnreadable(answer, target);
  }
  return { received: answer };
}

function withoutUnreadable(answer: readonly Delivery[], target: BrokerTarget): CheckedDeliveries {
  const index = answer.findIndex((one) => !isDelivery(one));
  const expected = "deliveries with messageId, body, receipt, leaseUntil and the counts";
  const wrong = { call: "receive", expected, got: `${wrongDelivery(answer[index])} at ${index}` };
  return { received: answer.filter(isDelivery), receiveError: new InvalidAnswerError(target, wrong) };
}

function isDelivery(one: Delivery | null | undefined): one is Delivery {
  return (
    typeof one?.messageId === "string" &&
    typeof one.body === "string" &&
    typeof one.receipt === "string" &&
    isMoment(one.leaseUntil) &&
    one.deliveryCount >= 1 &&
    isCount(one.failureCount) &&
    isCount(one.crashCount)
  );
}

function isCount(value: number | null): boolean {
  return value === null || value >= 0;
}

/** Names the first member that is wrong, without its value: a body may be secret. */
function wrongDelivery(one: Delivery | null | undefined): string {
  if (typeof one !== "object" || one === null) return typeWord(one);
  const texts = (["messageId", "body", "receipt"] as const).find((name) => typeof one[name] !== "string");
  if (texts !== undefined) return `${texts}: ${typeWord(one[texts])}`;
  if (!isMoment(one.leaseUntil)) return `leaseUntil: ${typeWord(one.leaseUntil)}`;
  if (!(one.deliveryCount >= 1)) return `deliveryCount: ${one.deliveryCount}`;
  return isCount(one.failureCount) ? `crashCount: ${one.crashCount}` : `failureCount: ${one.failureCount}`;
}

/** The error for an answer of a wrong form; what was answered is described, not quoted. */
export function wrongAnswer(
  target: BrokerTarget,
  call: string,
  expected: string,
  answer: unknown,
): InvalidAnswerError {
  return new InvalidAnswerError(target, { call, expected, got: shownAnswer(answer) });
}

function shownAnswer(answer: unknown): string {
  return Array.isArray(answer) ? `an array of ${answer.length}` : typeWord(answer);
}
