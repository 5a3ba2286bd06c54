import { type BrokerTarget, MalformedMessageError, UnsupportedError } from "../errors/broker-errors.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { PayloadTooLargeError } from "../errors/contract-errors.ts";
import type { JobsError } from "../errors/jobs-error.ts";
import { checkDelay, delayForm, isDelay, shownDelay } from "../runtime/delay.ts";
import { refusalBy } from "./adapter-call.ts";
import type { ReceiveOptions, TimedReceive } from "./broker.ts";
import {
  type CallOptions,
  DEFAULT_CALL,
  type SendOptions,
  type TimedCall,
  type TimedSend,
} from "./call-options.ts";
import type { BodyText, Capabilities } from "./capabilities.ts";
import type { OutgoingMessage, RestoredMessage } from "./message.ts";
import { fullQueueName } from "./queue-name.ts";
import type { Settlement } from "./settlement.ts";
import type { PeekOptions, RedriveOptions } from "./stored-message.ts";

/** The queue that a call is checked for: what it can do, and its name in errors. */
export interface CheckedQueue {
  readonly capabilities: Capabilities;
  readonly target: BrokerTarget;
}

/** Operations that a capability of the same name allows. */
export type Operation = "peek" | "remove" | "pause" | "purge" | "redrive";

/** The `feature` of the error is the name of the capability that is missing. */
function unsupported(
  target: BrokerTarget,
  feature: keyof Capabilities,
  message: string,
  hint?: string,
): UnsupportedError {
  return new UnsupportedError(target, feature, message, hint);
}

/** Job ids must be usable as keys and deduplication ids on every broker. */
const MESSAGE_ID = /^[A-Za-z0-9_.-]{1,128}$/;

/** What a usable job id is made of, for messages. */
export const JOB_ID_FORM = "1 to 128 letters, digits, underscores, dots or dashes";

/** Whether a job may have this id, on every broker. */
export function isJobId(id: string): boolean {
  return MESSAGE_ID.test(id);
}

/** A UTF-16 code unit never takes more than this many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Characters that XML 1.0 does not have. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Whether a body is text that a queue takes, by what the queue declares. */
const FITS: Readonly<Record<BodyText, (body: string) => boolean>> = {
  any: () => true,
  unicode: (body) => body.isWellFormed(),
  "unicode-without-nul": (body) => body.isWellFormed() && !body.includes("\0"),
  xml: (body) => body !== "" && !NOT_XML.test(body),
};

/**
 * Why a message cannot be stored in the queue; `undefined` when it can. Returned, so that the other messages are
 * sent.
 */
export function refusalOfMessage(message: OutgoingMessage, queue: CheckedQueue): JobsError | undefined {
  return refusalBy(checkMessage, message, queue);
}

/** Why a message of another broker cannot be stored in the queue with its counts; `undefined` when it can. */
export function refusalOfRestored(message: RestoredMessage, queue: CheckedQueue): JobsError | undefined {
  const { deliveryCount, failureCount, crashCount, redrives } = message;
  const wrong = [deliveryCount, failureCount, crashCount, redrives].find((count) => !isCount(count));
  if (wrong !== undefined) {
    return new ConfigError(`a restored job has a count of ${shownDelay(wrong)}.`, {
      hint: "Counts are whole numbers from 0.",
    });
  }
  if (message.dead !== undefined && queue.capabilities.deadLetter === false) return noDeadLetters(queue);
  return refusalOfMessage(message, queue);
}

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}

/**
 * Compares a message with what its queue has declared.
 * @throws ConfigError · UnsupportedError · PayloadTooLargeError · MalformedMessageError
 */
function checkMessage(message: OutgoingMessage, queue: CheckedQueue): void {
  if (!isJobId(message.id)) {
    throw new ConfigError("a job id is not usable.", {
      hint: `Use ${JOB_ID_FORM}.`,
    });
  }
  if (message.delayMs !== undefined) checkDelayOf(message.delayMs, queue);
  if (message.priority !== undefined) checkPriority(message.priority, queue);
  if (message.groupKey !== undefined && queue.capabilities.groups === false) {
    throw unsupported(
      queue.target,
      "groups",
      "has no message groups",
      "Leave the group out, or use another broker.",
    );
  }
  checkBody(message, queue);
}

function checkDelayOf(delayMs: number, { capabilities: { delay }, target }: CheckedQueue): void {
  checkDelay(delayMs, "a delay");
  if (delayMs === 0) return;
  if (delay === false) {
    throw unsupported(
      target,
      "delay",
      "has no delayed messages",
      "Send without a delay, or use another broker.",
    );
  }
  if (delayMs > delay.maxMs) {
    throw unsupported(
      target,
      "delay",
      `delays at most ${delay.maxMs} ms, not ${delayMs}`,
      "Use a shorter delay, or another broker.",
    );
  }
}

function checkPriority(priority: number, { capabilities, target }: CheckedQueue): void {
  const levels = capabilities.priority === false ? 1 : capabilities.priority.levels;
  if (!Number.isInteger(priority) || priority < 0) {
    throw new ConfigError(`a priority must be a whole number from 0 (normal) to 9 (first); got ${priority}.`);
  }
  if (priority === 0 || priority < levels) return;
  if (capabilities.priority === false) {
    throw unsupported(
      target,
      "priority",
      "has no priority",
      "Use one queue per priority, or another broker.",
    );
  }
  throw unsupported(
    target,
    "priority",
    `has priorities 0 to ${levels - 1}, not ${priority}`,
    "Use a lower priority, or another broker.",
  );
}

function checkBody(
  { id, body }: Pick<OutgoingMessage, "id" | "body">,
  { capabilities, target }: CheckedQueue,
): void {
  checkText({ id, body }, { capabilities, target });
  const { maxMessageBytes } = capabilities;
  if (body.length * MAX_BYTES_PER_UNIT <= maxMessageBytes) return;
  const bytes = Buffer.byteLength(body);
  if (bytes > maxMessageBytes) {
    throw new PayloadTooLargeError(`job ${id} for queue "${target.queue}"`, bytes, maxMessageBytes);
  }
}

/** Our own envelopes fit every broker; a body that another program wrote may not. */
function checkText(
  { id, body }: Pick<OutgoingMessage, "id" | "body">,
  { capabilities, target }: CheckedQueue,
): void {
  if (FITS[capabilities.bodyText](body)) return;
  throw new MalformedMessageError(
    `the body of job ${id} is empty, or has characters that ${target.broker} cannot store unchanged.`,
    { hint: "Escape halves of surrogate pairs and control characters as JSON.stringify does." },
  );
}

/** Why a settlement cannot be done here; `undefined` when it can. Returned, so that the other leases are settled. */
export function refusalOfSettlement(
  settlement: Settlement,
  { capabilities, target }: CheckedQueue,
): JobsError | undefined {
  if (settlement.action === "retry") {
    const { delayMs } = settlement;
    const { maxMs } = capabilities.retryDelay;
    if (!isDelay(delayMs)) {
      return new ConfigError(`a retry's delay must be ${delayForm()}; got ${shownDelay(delayMs)}.`);
    }
    if (delayMs <= maxMs) return undefined;
    return unsupported(
      target,
      "retryDelay",
      `delays a retry by at most ${maxMs} ms, not ${delayMs}`,
      "Use a shorter delay.",
    );
  }
  if (settlement.action !== "dead" || capabilities.deadLetter !== false) return undefined;
  return noDeadLetters({ target });
}

function noDeadLetters({ target }: Pick<CheckedQueue, "target">): UnsupportedError {
  return unsupported(
    target,
    "deadLetter",
    "keeps no dead letters",
    'Give the queue a dead-letter queue, or set onExhausted: "drop".',
  );
}

/** @throws UnsupportedError when the capabilities exclude the operation. */
export function checkOperation(operation: Operation, { capabilities, target }: CheckedQueue): void {
  if (capabilities[operation] === false)
    throw unsupported(target, operation, `cannot ${operation}`, "jobs caps shows what this broker can do.");
}

/** The options of a call, with its time limit. @throws ConfigError for a limit that is no length of time */
export function timedCall(options: CallOptions | undefined): TimedCall {
  if (options?.timeoutMs === undefined) return DEFAULT_CALL;
  checkDelay(options.timeoutMs, "timeoutMs", { isPositive: true });
  return { timeoutMs: options.timeoutMs };
}

/** The options of a send, with its time limit. @throws UnsupportedError for a transaction that the queue does not take */
export function timedSend(options: SendOptions | undefined, queue: CheckedQueue): TimedSend {
  const timed = timedCall(options);
  const { transaction, transactionId, orderKeys } = options ?? {};
  if (transaction === undefined) return timed;
  checkTransactions(queue);
  return { ...timed, transaction, transactionId, orderKeys };
}

/** @throws UnsupportedError unless the queue takes part in transactions of the caller */
export function checkTransactions({ capabilities, target }: CheckedQueue): void {
  if (capabilities.transactions) return;
  throw unsupported(
    target,
    "transactions",
    "takes no part in a transaction of yours",
    "Use a broker in the database of the transaction, or createInbox() of @jobs/outbox around this one.",
  );
}

/** The options of a receive, with its time limit. The bounds are the same on every broker. @throws ConfigError */
export function checkReceive(options: ReceiveOptions): TimedReceive {
  const { max, waitMs, signal, timeoutMs } = options;
  if (!Number.isInteger(max) || max < 1) {
    throw new ConfigError(`receive: max must be a whole number above 0; got ${max}.`);
  }
  checkDelay(waitMs, "receive: waitMs", { isEndless: true });
  if (timeoutMs !== undefined) checkDelay(timeoutMs, "timeoutMs", { isPositive: true });
  // Written out: a copy by spreading takes a hundred times as long, once for each job of a worker with one slot.
  return { max, waitMs, signal, timeoutMs: timeoutMs ?? DEFAULT_CALL.timeoutMs };
}

/** @throws ConfigError for a lease that is no length of time · UnsupportedError for one longer than declared */
export function checkLease(leaseMs: number, { capabilities, target }: CheckedQueue): void {
  checkDelay(leaseMs, "a lease", { isPositive: true });
  const { maxMs } = capabilities.lease;
  if (leaseMs > maxMs)
    throw unsupported(
      target,
      "lease",
      `leases for at most ${maxMs} ms, not ${leaseMs}`,
      "Use a shorter lease.",
    );
}

/** @throws UnsupportedError for a state that cannot be read */
export function checkPeek({ state }: Pick<PeekOptions, "state">, queue: CheckedQueue): void {
  checkOperation("peek", queue);
  if (queue.capabilities.peek === "dead" && state !== "dead") {
    throw unsupported(queue.target, "peek", "shows only dead letters", "Peek with the state dead.");
  }
  if (state === "succeeded" && !queue.capabilities.keepsFinished) {
    throw unsupported(queue.target, "peek", "keeps no finished jobs", "Read the job's result instead.");
  }
}

/** @throws UnsupportedError where nothing is redriven · ConfigError · PayloadTooLargeError · MalformedMessageError */
export function checkRedrive({ to, ids, bodies }: RedriveOptions, queue: CheckedQueue): void {
  checkOperation("redrive", queue);
  if (to !== undefined) fullQueueName("", to);
  if (bodies === undefined) return;
  if (ids === undefined) throw new ConfigError("redrive: bodies are only for dead letters named by ids.");
  for (const [id, body] of bodies) checkBody({ id, body }, queue);
}
