import { answerEach, splitRefused } from "./answer-each.ts";
import type { BrokerConsumer, ReceiveOptions, SettledAndReceived } from "./broker.ts";
import type { CallTarget } from "./call-target.ts";
import { type CheckedQueue, checkLease, checkReceive, refusalOfSettlement, timedCall } from "./check-call.ts";
import type { Settlement } from "./settlement.ts";

/** A consumer for the worker, always with the combined call. */
export type ValidatedConsumer = BrokerConsumer & Required<Pick<BrokerConsumer, "settleAndReceive">>;

/** A consumer that is asked only for what its queue has declared, as long as `target` is open. */
export function validateConsumer(consumer: BrokerConsumer, target: CallTarget): ValidatedConsumer {
  const { capabilities } = consumer;
  const checked: CheckedQueue = { capabilities, place: target.place };
  const refusalOf = (settlement: Settlement) => refusalOfSettlement(settlement, checked);
  return {
    queue: consumer.queue,
    capabilities,
    receive: (options) => target.run(() => consumer.receive(checkReceive(options))),
    extend: (deliveries, leaseMs, options) =>
      target.run(() => {
        checkLease(leaseMs, checked);
        return consumer.extend(deliveries, leaseMs, timedCall(options));
      }),
    settle: (settlements, options) =>
      target.run(() => {
        const timed = timedCall(options);
        return answerEach(settlements, refusalOf, (allowed) => consumer.settle(allowed, timed));
      }),
    settleAndReceive: (settlements, asked) =>
      target.run(() => {
        const options = checkReceive(asked);
        const split = splitRefused(settlements, refusalOf);
        if (split === undefined) return settleAndReceive(consumer, settlements, options);
        return settleAndReceive(consumer, split.allowed, options).then(({ settled, received }) => ({
          settled: split.merge(settled),
          received,
        }));
      }),
    close: () => target.close(() => consumer.close()),
  };
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
  // The settlements are done, so a failing receive must not hide their results.
  const received = await consumer.receive(options).catch(() => []);
  return { settled, received };
}
