import { UnsupportedError } from "../errors/broker-errors.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { JobsError } from "../errors/jobs-error.ts";
import { checkDelay, delayForm, isDelay, shownDelay } from "../runtime/delay.ts";
import type { ReceiveOptions } from "./broker.ts";
import { type CallOptions, DEFAULT_CALL, type TimedCall } from "./call-options.ts";
import type { CallPlace } from "./call-target.ts";
import type { Capabilities } from "./capabilities.ts";
import { fullQueueName } from "./queue-name.ts";
import type { Settlement } from "./settlement.ts";
import type { PeekOptions, RedriveOptions } from "./stored-message.ts";

/** What the checks of a queue's calls go by. */
export interface CheckedQueue {
  readonly capabilities: Capabilities;
  readonly place: CallPlace;
}

/** Operations that a capability of the same name allows. */
export type Operation = "peek" | "remove" | "pause" | "purge" | "redrive";

/** A refusal is named after the capability that is in the way. */
export function unsupported(
  place: CallPlace,
  feature: keyof Capabilities,
  message: string,
  hint?: string,
): UnsupportedError {
  return new UnsupportedError(place, feature, message, hint);
}

/** @throws UnsupportedError when the operation is declared away. */
export function checkOperation(operation: Operation, { capabilities, place }: CheckedQueue): void {
  if (capabilities[operation] === false) throw unsupported(place, operation, `cannot ${operation}`);
}

/** The options of a call, with its time limit. @throws ConfigError for a limit that is no length of time */
export function timedCall(options: CallOptions | undefined): TimedCall {
  if (options?.timeoutMs === undefined) return DEFAULT_CALL;
  checkDelay(options.timeoutMs, "timeoutMs", { isPositive: true });
  return { timeoutMs: options.timeoutMs };
}

/** The options of a receive, with its time limit. The bounds are the same on every broker. @throws ConfigError */
export function checkReceive(options: ReceiveOptions): ReceiveOptions {
  const { max, waitMs, timeoutMs } = options;
  if (!Number.isInteger(max) || max < 1) {
    throw new ConfigError(`receive: max must be a whole number above 0; got ${max}.`);
  }
  checkDelay(waitMs, "receive: waitMs", { isEndless: true });
  if (timeoutMs !== undefined) checkDelay(timeoutMs, "timeoutMs", { isPositive: true });
  return timeoutMs === undefined ? { ...options, ...DEFAULT_CALL } : options;
}

/** @throws ConfigError for an invalid length of a lease. */
export function checkLeaseForm(leaseMs: number): void {
  checkDelay(leaseMs, "a lease", { isPositive: true });
}

/** @throws ConfigError for a lease that is no length of time · UnsupportedError for one longer than declared */
export function checkLease(leaseMs: number, { capabilities, place }: CheckedQueue): void {
  checkLeaseForm(leaseMs);
  const { maxMs } = capabilities.lease;
  if (leaseMs > maxMs) throw unsupported(place, "lease", `leases for at most ${maxMs} ms, not ${leaseMs}`);
}

/** @throws UnsupportedError for a state that cannot be looked at · ConfigError for a limit that is no count above 0 */
export function checkPeek({ state, limit }: PeekOptions, queue: CheckedQueue): void {
  checkOperation("peek", queue);
  if (queue.capabilities.peek === "dead" && state !== "dead") {
    throw unsupported(queue.place, "peek", "shows no messages but dead letters");
  }
  if (Number.isInteger(limit) && limit > 0) return;
  throw new ConfigError(`peek: limit must be a whole number above 0; got ${limit}.`);
}

/** @throws UnsupportedError where nothing is redriven · ConfigError for a limit that is no count, or an unusable name */
export function checkRedrive({ limit, to }: RedriveOptions, queue: CheckedQueue): void {
  checkOperation("redrive", queue);
  if (!Number.isInteger(limit) || limit < 0) {
    throw new ConfigError(`redrive: limit must be a whole number, 0 or more; got ${limit}.`);
  }
  if (to !== undefined) fullQueueName("", to);
}

/** Why a settlement cannot be done here; `undefined` when it can. Not thrown: its neighbours are settled. */
export function refusalOfSettlement(
  settlement: Settlement,
  { capabilities, place }: CheckedQueue,
): JobsError | undefined {
  if (settlement.action === "retry") {
    const { delayMs } = settlement;
    const { maxMs } = capabilities.retryDelay;
    if (!isDelay(delayMs)) {
      return new ConfigError(`a retry's delay must be ${delayForm()}; got ${shownDelay(delayMs)}.`);
    }
    if (delayMs <= maxMs) return undefined;
    return unsupported(place, "retryDelay", `delays a retry by at most ${maxMs} ms, not ${delayMs}`);
  }
  if (settlement.action !== "dead" || capabilities.deadLetter !== false) return undefined;
  return unsupported(
    place,
    "deadLetter",
    "has no place for dead letters",
    'Give the queue a dead-letter queue, or set onExhausted: "drop".',
  );
}
