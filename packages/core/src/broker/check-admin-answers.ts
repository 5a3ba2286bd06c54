import type { BrokerTarget } from "../errors/broker-errors.ts";
import { isObject } from "../options/is-object.ts";
import { boolean } from "../options/option-rules.ts";
import { wrongAnswer } from "./check-answers.ts";
import { checkAnswered, type FormRules } from "./check-form.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { QueueStats } from "./queue-stats.ts";
import type {
  PeekPage,
  RedriveResult,
  RemoveResult,
  ScannedMessage,
  ScanPage,
  StoredMessage,
} from "./stored-message.ts";

const count = {
  expected: "a count { n, exact }",
  accepts: (value: unknown) =>
    isObject(value) && (value.n === null || isNumber(value.n)) && typeof value.exact === "boolean",
};

const STATS: FormRules<QueueStats> = {
  ready: count,
  delayed: count,
  leased: count,
  dead: count,
  entered: count,
  oldestReadyMs: {
    expected: "a number or null",
    accepts: (value) => value === null || isNumber(value),
  },
  isPaused: boolean,
};

function isNumber(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}

/** @throws InvalidAnswerError for numbers of a queue that are missing, or are no numbers */
export function checkStats(stats: QueueStats, target: BrokerTarget): QueueStats {
  return checkAnswered(stats, { target, call: "stats" }, STATS);
}

/** A record, so that a new state does not compile until it stands here. */
const STATES: Readonly<Record<StoredMessage["state"], true>> = {
  ready: true,
  delayed: true,
  leased: true,
  dead: true,
  succeeded: true,
};

/** @throws InvalidAnswerError for a page without messages, or with one that cannot be read */
export function checkPage(page: PeekPage, target: BrokerTarget): PeekPage {
  return checkAnswered(page, { target, call: "peek" }, PAGE);
}

const nextCursor = {
  expected: "a text where there is a next page",
  accepts: (cursor: unknown) => cursor === undefined || typeof cursor === "string",
};

const hidden = {
  expected: "{ n, forMs } where dead letters are hidden",
  accepts: (value: unknown) =>
    value === undefined || (isObject(value) && isNumber(value.n) && isNumber(value.forMs)),
};

const PAGE: FormRules<PeekPage> = {
  messages: {
    expected: "an array of messages with messageId, label, body and state",
    accepts: (messages) => Array.isArray(messages) && messages.every(isStored),
  },
  nextCursor,
  hidden,
};

/** @throws InvalidAnswerError for a page without messages, or with one that has no id or no body */
export function checkScanned(page: ScanPage, target: BrokerTarget): ScanPage {
  return checkAnswered(page, { target, call: "scan" }, SCANNED);
}

const SCANNED: FormRules<ScanPage> = {
  messages: {
    expected: "an array of messages with messageId and body",
    accepts: (messages) => Array.isArray(messages) && messages.every(isScanned),
  },
  nextCursor,
};

/** @throws InvalidAnswerError for what is no list, or has a message without id or body */
export function checkFound(
  found: readonly ScannedMessage[],
  target: BrokerTarget,
): readonly ScannedMessage[] {
  if (Array.isArray(found) && found.every(isScanned)) return found;
  throw wrongAnswer(target, "find", "an array of messages with messageId and body", found);
}

function isScanned(one: unknown): boolean {
  return isObject(one) && typeof one.messageId === "string" && typeof one.body === "string";
}

function isStored(one: unknown): boolean {
  return (
    isObject(one) &&
    [one.messageId, one.label, one.body].every((text) => typeof text === "string") &&
    typeof one.state === "string" &&
    Object.hasOwn(STATES, one.state)
  );
}

const REMOVALS: readonly unknown[] = ["removed", "not_found", "leased"] satisfies RemoveResult["status"][];

/** @throws InvalidAnswerError where an id has no result, or an unknown one */
export function checkRemoved(
  results: readonly RemoveResult[],
  asked: number,
  target: BrokerTarget,
): readonly RemoveResult[] {
  const isWhole =
    Array.isArray(results) &&
    results.length === asked &&
    results.every((one) => isObject(one) && REMOVALS.includes(one.status));
  if (isWhole) return results;
  const expected = `"removed", "not_found" or "leased" for each of ${asked} ids`;
  throw wrongAnswer(target, "remove", expected, results);
}

/** @throws InvalidAnswerError where it does not say how many were moved */
export function checkRedriven(answer: RedriveResult, target: BrokerTarget): RedriveResult {
  return checkAnswered(answer, { target, call: "redrive" }, MOVED);
}

const MOVED: FormRules<RedriveResult> = {
  moved: { expected: "a number, 0 or more", accepts: isNumber },
  hidden,
};

const VERDICTS: readonly unknown[] = ["ok", "failed", "warning", "unknown"] satisfies Diagnosis["status"][];

/** @throws InvalidAnswerError for checks without a name, a status or a message */
export function checkDiagnoses(found: readonly Diagnosis[], target: BrokerTarget): readonly Diagnosis[] {
  const isWhole =
    Array.isArray(found) &&
    found.every(
      (one) =>
        isObject(one) &&
        typeof one.check === "string" &&
        typeof one.message === "string" &&
        VERDICTS.includes(one.status),
    );
  if (isWhole) return found;
  throw wrongAnswer(target, "diagnose", "an array of checks with check, status and message", found);
}
