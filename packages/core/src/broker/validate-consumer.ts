import { answerEach, splitRefused } from "./answer-each.ts";
import type { BrokerConsumer, ReceiveOptions, SettledAndReceived } from "./broker.ts";
import type { OpenTarget } from "./open-target.ts";
import { type CheckedQueue, checkLease, checkReceive, refusalOfSettlement, timedCall } from "./refusals.ts";
import type { Settlement } from "./settlement.ts";

/** A consumer for the worker, always with the combined call. */
export type ValidatedConsumer = BrokerConsumer & Required<Pick<BrokerConsumer, "settleAndReceive">>;

/** A consumer that is asked only for what its queue has declared, as long as `open` is open. */
export function validateConsumer(consumer: BrokerConsumer, open: OpenTarget): ValidatedConsumer {
  const { capabilities } = consumer;
  const checked: CheckedQueue = { capabilities, target: open.target };
  const refusalOf = (settlement: Settlement) => refusalOfSettlement(settlement, checked);
  return {
    queue: consumer.queue,
    capabilities,
    receive: (options) => open.run(() => consumer.receive(checkReceive(options))),
    extend: (deliveries, leaseMs, options) =>
      open.run(() => {
        checkLease(leaseMs, checked);
        return consumer.extend(deliveries, leaseMs, timedCall(options));
      }),
    settle: (settlements, options) =>
      open.run(() => {
        const timed = timedCall(options);
        return answerEach(settlements, refusalOf, (allowed) => consumer.settle(allowed, timed));
      }),
    settleAndReceive: (settlements, asked) =>
      open.run(() => {
        const options = checkReceive(asked);
        const split = splitRefused(settlements, refusalOf);
        if (split === undefined) return settleAndReceive(consumer, settlements, options);
        return settleAndReceive(consumer, split.allowed, options).then(({ settled, received }) => ({
          settled: split.merge(settled),
          received,
        }));
      }),
    close: () => open.close(() => consumer.close()),
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
