import type { BrokerTarget } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { isObject } from "../options/is-object.ts";
import { answerEach, type OpenTarget, type SplitItems, splitRefused } from "./adapter-call.ts";
import type { BrokerConsumer, JobNote, ReceiveOptions, SettledAndReceived } from "./broker.ts";
import type { CallOptions, CompleteOptions } from "./call-options.ts";
import {
  areDeliveries,
  checkExtended,
  checkSettled,
  usableDeliveries,
  wrongAnswer,
} from "./check-answers.ts";
import type { Delivery } from "./delivery.ts";
import {
  type CheckedQueue,
  checkLease,
  checkReceive,
  checkTransactions,
  refusalOfSettlement,
  timedCall,
} from "./refusals.ts";
import type { ExtendResult, Settlement, SettleResult } from "./settlement.ts";

/** The answer of `settleAndReceive`, checked. */
export interface CheckedAnswer extends SettledAndReceived {
  /** Why a message of the receive, or all of it, cannot be used. The settlements and the other messages stand. */
  readonly receiveError?: JobsError;
}

/** A consumer for the worker, always with the combined call. Calls for transactions are refused where there are none. */
export interface ValidatedConsumer extends BrokerConsumer {
  readonly sharedReceive: number;
  settleAndReceive(settlements: readonly Settlement[], options: ReceiveOptions): Promise<CheckedAnswer>;
  complete(delivery: Delivery, value: string, options: CompleteOptions): Promise<"completed" | "lost">;
  isCompleted(delivery: Delivery, options?: CallOptions): Promise<boolean>;
}

/**
 * A consumer with checks: it is asked only for what its queue declares, and its answers are checked. It refuses calls
 * once `open` is closed.
 */
export function validateConsumer(consumer: BrokerConsumer, open: OpenTarget): ValidatedConsumer {
  const { capabilities } = consumer;
  const { target } = open;
  const checked: CheckedQueue = { capabilities, target };
  const refusalOf = (settlement: Settlement) => refusalOfSettlement(settlement, checked);
  // Made once, since a worker that runs one job after the other makes a call for each job.
  const checkDelivered = (answer: readonly Delivery[], max: number) => deliveriesOrThrow(answer, max, target);
  const checkExtension = (answers: readonly ExtendResult[], count: number) =>
    checkExtended(answers, count, target);
  const check = (answers: readonly SettleResult[], count: number) => checkSettled(answers, count, target);
  return {
    queue: consumer.queue,
    capabilities,
    sharedReceive: consumer.sharedReceive ?? capabilities.maxReceive,
    receive: (options) =>
      open.ask(() => consumer.receive(checkReceive(options)), checkDelivered, options.max),
    extend: (deliveries, leaseMs, options) =>
      open.ask(
        () => {
          checkLease(leaseMs, checked);
          return consumer.extend(deliveries, leaseMs, timedCall(options));
        },
        checkExtension,
        deliveries.length,
      ),
    settle: (settlements, options) =>
      open.ask(
        () => {
          const timed = timedCall(options);
          return answerEach(settlements, {
            refusalOf,
            call: (allowed) => consumer.settle(allowed, timed),
            check,
          });
        },
        check,
        settlements.length,
      ),
    settleAndReceive: (settlements, asked) =>
      open.ask<CheckedAnswer>(
        () => {
          const options = checkReceive(asked);
          const split = splitRefused(settlements, refusalOf);
          if (split === undefined) return settleAndReceive(consumer, settlements, options);
          return settleSplit(split, consumer, options, target);
        },
        (answer) => checkJointAnswer(answer, settlements.length, asked.max, target),
      ),
    ...completions(consumer, checked, open),
    ...(consumer.note && {
      note: (delivery: Delivery, note: JobNote) => open.run(async () => consumer.note?.(delivery, note)),
    }),
    close: () => open.close(() => consumer.close()),
  };
}

/** The calls for a job that its handler completes with a transaction. */
function completions(
  consumer: BrokerConsumer,
  checked: CheckedQueue,
  open: OpenTarget,
): Pick<ValidatedConsumer, "complete" | "isCompleted"> {
  const { target } = checked;
  return {
    complete: (delivery, value, { transaction, ...options }) =>
      open.ask(
        async () => {
          checkTransactions(checked);
          return (
            (await consumer.complete?.(delivery, value, { transaction, ...timedCall(options) })) ?? "lost"
          );
        },
        (answer) => {
          if (answer === "completed" || answer === "lost") return answer;
          throw wrongAnswer(target, "complete", "completed or lost", answer);
        },
      ),
    isCompleted: (delivery, options) =>
      open.ask(
        async () => {
          checkTransactions(checked);
          return (await consumer.isCompleted?.(delivery, timedCall(options))) ?? false;
        },
        (answer) => {
          if (typeof answer === "boolean") return answer;
          throw wrongAnswer(target, "isCompleted", "true or false", answer);
        },
      ),
  };
}

async function settleSplit(
  { allowed, merge }: SplitItems<Settlement>,
  consumer: BrokerConsumer,
  options: ReceiveOptions,
  target: BrokerTarget,
): Promise<CheckedAnswer> {
  const answer = await settleAndReceive(consumer, allowed, options);
  const { settled, ...rest } = checkJointAnswer(answer, allowed.length, options.max, target);
  return { settled: merge(settled), ...rest };
}

/** @throws InvalidAnswerError for deliveries that cannot be used */
function deliveriesOrThrow(
  answer: readonly Delivery[],
  max: number,
  target: BrokerTarget,
): readonly Delivery[] {
  if (areDeliveries(answer, max)) return answer;
  throw usableDeliveries(answer, max, target).receiveError;
}

/** The one round trip for both where the adapter has it, else one call after the other. */
function settleAndReceive(
  consumer: BrokerConsumer,
  settlements: readonly Settlement[],
  options: ReceiveOptions,
): Promise<SettledAndReceived> {
  if (settlements.length > 0 && consumer.settleAndReceive !== undefined) {
    return consumer.settleAndReceive(settlements, options);
  }
  return settleThenReceive(consumer, settlements, options);
}

async function settleThenReceive(
  consumer: BrokerConsumer,
  settlements: readonly Settlement[],
  options: ReceiveOptions,
): Promise<SettledAndReceived> {
  if (settlements.length === 0) return { settled: [], received: await consumer.receive(options) };
  const settled = await consumer.settle(settlements, timedCall(options));
  try {
    return { settled, received: await consumer.receive(options) };
  } catch {
    // The settlements are done, so a failing receive must not hide their results. The next receive fails too.
    return { settled, received: [] };
  }
}

/** A wrong half of the answer does not hide the other half. */
function checkJointAnswer(
  answer: CheckedAnswer,
  count: number,
  max: number,
  target: BrokerTarget,
): CheckedAnswer {
  if (!isObject(answer)) {
    throw wrongAnswer(target, "settleAndReceive", "an object with settled and received", answer);
  }
  const settled = settledOrFailed(answer.settled, count, target);
  if (!areDeliveries(answer.received, max)) {
    return { settled, ...usableDeliveries(answer.received, max, target) };
  }
  return settled === answer.settled ? answer : { ...answer, settled };
}

function settledOrFailed(
  settled: readonly SettleResult[],
  count: number,
  target: BrokerTarget,
): readonly SettleResult[] {
  try {
    return checkSettled(settled, count, target);
  } catch (error) {
    if (!isJobsError(error)) throw error;
    return Array.from({ length: count }, () => ({ status: "failed", error }));
  }
}
