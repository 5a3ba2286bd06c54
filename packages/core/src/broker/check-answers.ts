import { type BrokerTarget, InvalidAnswerError } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { typeWord } from "../options/type-word.ts";
import type { Delivery } from "./delivery.ts";
import type { SendResult } from "./message.ts";
import type { ExtendResult, SettleResult } from "./settlement.ts";

/** One entry of an adapter's answer, before it is checked. */
interface Answered {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly messageId?: unknown;
  readonly leaseUntil?: unknown;
}

/** A call with one answer for each item. */
interface ItemCall {
  readonly call: "send" | "settle" | "extend";
  /** The statuses it may answer, in words. */
  readonly statuses: string;
  isKnown(answer: Answered | null | undefined): boolean;
}

const SEND: ItemCall = {
  call: "send",
  statuses: '"sent" or "duplicate" with messageId, or "failed" with a JobsError',
  isKnown: isSent,
};

const SETTLE: ItemCall = {
  call: "settle",
  statuses: '"settled", "lost", or "failed" with a JobsError',
  isKnown: isSettled,
};

const EXTEND: ItemCall = {
  call: "extend",
  statuses: '"extended" with leaseUntil, "lost", or "failed" with a JobsError',
  isKnown: isExtended,
};

function isSent(answer: Answered | null | undefined): boolean {
  switch (answer?.status) {
    case "sent":
    case "duplicate":
      return typeof answer.messageId === "string";
    default:
      return isFailure(answer);
  }
}

function isSettled(answer: Answered | null | undefined): boolean {
  switch (answer?.status) {
    case "settled":
    case "lost":
      return true;
    default:
      return isFailure(answer);
  }
}

function isExtended(answer: Answered | null | undefined): boolean {
  switch (answer?.status) {
    case "extended":
      return isMoment(answer.leaseUntil);
    case "lost":
      return true;
    default:
      return isFailure(answer);
  }
}

function isFailure(answer: Answered | null | undefined): boolean {
  return answer?.status === "failed" && isJobsError(answer.error);
}

function isMoment(value: unknown): boolean {
  return typeof value === "number" && !Number.isNaN(value);
}

/**
 * Checks the answers of a send. An entry with an unknown status becomes a failure: its message may be stored.
 * @throws InvalidAnswerError where it is not known which message an answer is for
 */
export function checkSent(answers: readonly SendResult[], count: number, target: BrokerTarget) {
  if (!hasEntries(answers, count)) throw wrongCount(answers, count, SEND, target);
  // One loop for each call, so that each job costs a comparison and no call of an unknown function.
  for (let index = 0; index < count; index++) {
    if (!isSent(answers[index])) return replaceUnknown(answers, SEND, target);
  }
  return answers;
}

/**
 * Checks the answers of a settle. An entry with an unknown status becomes a failure, so the settlement is tried
 * again.
 * @throws InvalidAnswerError where it is not known which settlement an answer is for
 */
export function checkSettled(answers: readonly SettleResult[], count: number, target: BrokerTarget) {
  if (!hasEntries(answers, count)) throw wrongCount(answers, count, SETTLE, target);
  for (let index = 0; index < count; index++) {
    if (!isSettled(answers[index])) return replaceUnknown(answers, SETTLE, target);
  }
  return answers;
}

/** The same for the answers of an extend. @throws InvalidAnswerError */
export function checkExtended(answers: readonly ExtendResult[], count: number, target: BrokerTarget) {
  if (!hasEntries(answers, count)) throw wrongCount(answers, count, EXTEND, target);
  for (let index = 0; index < count; index++) {
    if (!isExtended(answers[index])) return replaceUnknown(answers, EXTEND, target);
  }
  return answers;
}

function hasEntries(answers: readonly unknown[], count: number): boolean {
  return Array.isArray(answers) && answers.length === count;
}

function wrongCount(
  answers: readonly unknown[],
  count: number,
  { call }: ItemCall,
  target: BrokerTarget,
): InvalidAnswerError {
  const wrong = { call, expected: `an array of ${count} results`, got: shownAnswer(answers) };
  return new InvalidAnswerError(target, wrong, { maybeSent: call === "send" });
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
    const error = new InvalidAnswerError(target, wrong, { maybeSent: call.call === "send", cause });
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

/** The deliveries of a receive that can be used, and the error about the others. */
export interface UsableDeliveries {
  readonly received: readonly Delivery[];
  readonly receiveError: JobsError;
}

/** Whether a receive for `max` has answered as it should. Each job passes here: types are compared, nothing is copied. */
export function areDeliveries(answer: readonly Delivery[], max: number): boolean {
  if (!Array.isArray(answer) || answer.length > max) return false;
  for (let index = 0; index < answer.length; index++) {
    if (!isDelivery(answer[index])) return false;
  }
  return true;
}

/**
 * The usable part of a wrong answer. A delivery that cannot be read does not hide the others, which are leased to the
 * caller. Of more than `max` the first are used, since the worker has no free slot for the others.
 */
export function usableDeliveries(
  answer: readonly Delivery[],
  max: number,
  target: BrokerTarget,
): UsableDeliveries {
  if (!Array.isArray(answer)) {
    return { received: [], receiveError: wrongAnswer(target, "receive", "an array of deliveries", answer) };
  }
  const received = answer.filter(isDelivery).slice(0, max);
  const index = answer.findIndex((one) => !isDelivery(one));
  if (index === -1) {
    return { received, receiveError: wrongAnswer(target, "receive", `at most ${max} deliveries`, answer) };
  }
  const expected = "deliveries with messageId, body, receipt, leaseUntil and the counts";
  const wrong = { call: "receive", expected, got: `${wrongDelivery(answer[index])} at ${index}` };
  return { received, receiveError: new InvalidAnswerError(target, wrong) };
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
