import type { BrokerTarget } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { isObject } from "../options/is-object.ts";
import { answerEach, type SplitItems, splitRefused } from "./answer-each.ts";
import type { BrokerConsumer, JobNote, ReceiveOptions, SettledAndReceived } from "./broker.ts";
import { checkExtended, checkReceived, checkSettled, wrongAnswer } from "./check-answers.ts";
import type { Delivery } from "./delivery.ts";
import type { OpenTarget } from "./open-target.ts";
import { type CheckedQueue, checkLease, checkReceive, refusalOfSettlement, timedCall } from "./refusals.ts";
import type { Settlement, SettleResult } from "./settlement.ts";

/** The answer of `settleAndReceive`, checked. */
export interface CheckedAnswer extends SettledAndReceived {
  /** Why a message of the receive, or all of it, cannot be used. The settlements and the other messages stand. */
  readonly receiveError?: JobsError;
}

/** A consumer for the worker, always with the combined call. */
export interface ValidatedConsumer extends BrokerConsumer {
  settleAndReceive(settlements: readonly Settlement[], options: ReceiveOptions): Promise<CheckedAnswer>;
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
  const check = (answers: readonly SettleResult[], count: number) => checkSettled(answers, count, target);
  return {
    queue: consumer.queue,
    capabilities,
    receive: (options) =>
      open.ask(
        () => consumer.receive(checkReceive(options)),
        (answer) => {
          const { received, receiveError } = checkReceived(answer, target);
          if (receiveError !== undefined) throw receiveError;
          return received;
        },
      ),
    extend: (deliveries, leaseMs, options) =>
      open.ask(
        () => {
          checkLease(leaseMs, checked);
          return consumer.extend(deliveries, leaseMs, timedCall(options));
        },
        (answers) => checkExtended(answers, deliveries.length, target),
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
        (answers) => check(answers, settlements.length),
      ),
    settleAndReceive: (settlements, asked) =>
      open.ask<CheckedAnswer>(
        () => {
          const options = checkReceive(asked);
          const split = splitRefused(settlements, refusalOf);
          if (split === undefined) return settleAndReceive(consumer, settlements, options);
          return settleSplit(split, (allowed) => settleAndReceive(consumer, allowed, options), target);
        },
        (answer) => checkJointAnswer(answer, settlements.length, target),
      ),
    ...(consumer.note && {
      note: (delivery: Delivery, note: JobNote) => open.run(async () => consumer.note?.(delivery, note)),
    }),
    close: () => open.close(() => consumer.close()),
  };
}

async function settleSplit(
  { allowed, merge }: SplitItems<Settlement>,
  call: (allowed: readonly Settlement[]) => Promise<SettledAndReceived>,
  target: BrokerTarget,
): Promise<CheckedAnswer> {
  const { settled, ...rest } = checkJointAnswer(await call(allowed), allowed.length, target);
  return { settled: merge(settled), ...rest };
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

/** One half of the answer that says nothing does not hide the other half. */
function checkJointAnswer(answer: CheckedAnswer, count: number, target: BrokerTarget): CheckedAnswer {
  if (!isObject(answer)) {
    throw wrongAnswer(target, "settleAndReceive", "an object with settled and received", answer);
  }
  const settled = settledOrFailed(answer.settled, count, target);
  const { received, receiveError = answer.receiveError } = checkReceived(answer.received, target);
  if (settled === answer.settled && receiveError === undefined) return answer;
  return { settled, received, ...(receiveError && { receiveError }) };
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
