import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type {
  Broker,
  BrokerConsumer,
  BrokerQueue,
  ConsumerOptions,
  ReceiveOptions,
  SettledAndReceived,
} from "./broker.ts";
import { type CallTarget, named } from "./named-call.ts";
import { sendChecked } from "./send-checked.ts";
import type { Settlement } from "./settlement.ts";

/** A consumer as the worker sees it: the combined call is always there. */
export type ValidatedConsumer = BrokerConsumer & Required<Pick<BrokerConsumer, "settleAndReceive">>;

/** A broker that keeps its word: see {@link validateBroker}. */
export interface ValidatedBroker extends Broker {
  openConsumer(name: string, options: ConsumerOptions): Promise<ValidatedConsumer>;
}

/** Brokers that are wrapped: one that goes from app to app is not wrapped twice. */
const validated = new WeakSet<Broker>();

/**
 * Wraps an adapter once, for everyone: holds each message against the declared capabilities, turns a driver's error
 * into a {@link BrokerUnavailableError} with its cause, and adds the combined settle-and-receive where it is missing.
 */
export function validateBroker(broker: Broker): ValidatedBroker {
  if (validated.has(broker)) return broker as ValidatedBroker;
  const checked: ValidatedBroker = {
    kind: broker.kind,
    reach: broker.reach,
    ...(broker.absence === undefined ? {} : { absence: () => broker.absence?.() }),
    ...(broker.coordination === undefined
      ? {}
      : { coordination: validateCoordination(broker.coordination, broker.kind) }),
    openQueue: async (name) => {
      const place = { broker: broker.kind, queue: name };
      return validateQueue(await named(place, () => broker.openQueue(name)), place);
    },
    openConsumer: async (name, options) => {
      const place = { broker: broker.kind, queue: name };
      return validateConsumer(await named(place, () => broker.openConsumer(name, options)), place);
    },
    close: () => named({ broker: broker.kind }, () => broker.close()),
  };
  validated.add(checked);
  return checked;
}

function validateCoordination(coordination: CoordinationStore, kind: string): CoordinationStore {
  const place = { broker: kind };
  return {
    put: (mark, ttlMs) => named(place, () => coordination.put(mark, ttlMs)),
    claim: (mark, ttlMs) => named(place, () => coordination.claim(mark, ttlMs)),
    list: (set) => named(place, () => coordination.list(set)),
    count: (set) => named(place, () => coordination.count(set)),
    remove: (set, name) => named(place, () => coordination.remove(set, name)),
  };
}

function validateQueue(queue: BrokerQueue, place: Required<CallTarget>): BrokerQueue {
  const diagnose = queue.diagnose?.bind(queue);
  return {
    name: queue.name,
    capabilities: queue.capabilities,
    ...(queue.fullBatch === undefined ? {} : { fullBatch: queue.fullBatch }),
    send: (messages) => sendChecked(queue, messages, place),
    stats: () => named(place, () => queue.stats()),
    peek: (options) => named(place, () => queue.peek(options)),
    remove: (ids) => named(place, () => queue.remove(ids)),
    pause: () => named(place, () => queue.pause()),
    resume: () => named(place, () => queue.resume()),
    purge: () => named(place, () => queue.purge()),
    redrive: (options) => named(place, () => queue.redrive(options)),
    ...(diagnose === undefined ? {} : { diagnose: (use) => named(place, () => diagnose(use)) }),
  };
}

function validateConsumer(consumer: BrokerConsumer, place: CallTarget): ValidatedConsumer {
  const guarded: ValidatedConsumer = {
    queue: consumer.queue,
    capabilities: consumer.capabilities,
    receive: (options) => named(place, () => consumer.receive(options)),
    extend: (deliveries, leaseMs) => named(place, () => consumer.extend(deliveries, leaseMs)),
    settle: (settlements) => named(place, () => consumer.settle(settlements)),
    settleAndReceive: (settlements, options) => {
      if (settlements.length === 0) return receiveOnly(guarded, options);
      if (consumer.settleAndReceive === undefined) return oneAfterTheOther(guarded, settlements, options);
      const { settleAndReceive } = consumer;
      return named(place, () => settleAndReceive.call(consumer, settlements, options));
    },
    close: () => named(place, () => consumer.close()),
  };
  return guarded;
}

async function receiveOnly(consumer: BrokerConsumer, options: ReceiveOptions): Promise<SettledAndReceived> {
  return { settled: [], received: await consumer.receive(options) };
}

async function oneAfterTheOther(
  consumer: BrokerConsumer,
  settlements: readonly Settlement[],
  options: ReceiveOptions,
): Promise<SettledAndReceived> {
  const settled = await consumer.settle(settlements);
  // The settlements are done: a receive that fails now must not make them look undone.
  const received = await consumer.receive(options).catch(() => []);
  return { settled, received };
}
