import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { Broker, ConsumerOptions } from "./broker.ts";
import { OpenTarget } from "./open-target.ts";
import { fullQueueName } from "./queue-name.ts";
import { checkLease, checkLeaseForm } from "./refusals.ts";
import { type ValidatedConsumer, validateConsumer, validateQueue } from "./validate-calls.ts";

/** A broker with core's checks, see {@link validateBroker}. */
export interface ValidatedBroker extends Broker {
  openConsumer(name: string, options: ConsumerOptions): Promise<ValidatedConsumer>;
}

const validated = new WeakSet<Broker>();

/**
 * Decides alone what a broker refuses, from its declared {@link Capabilities}: messages, calls, settlements and
 * operations. After a close it refuses every call. It also converts a driver's error to a
 * {@link BrokerUnavailableError} with its cause. It adds the combined settle-and-receive where it is missing.
 */
export function validateBroker(broker: Broker): ValidatedBroker {
  if (isValidated(broker)) return broker;
  const { kind } = broker;
  const open = new OpenTarget({ broker: kind });
  const result: ValidatedBroker = {
    kind,
    reach: broker.reach,
    ...(broker.keepsFinished === undefined ? {} : { keepsFinished: broker.keepsFinished }),
    ...(broker.absence === undefined ? {} : { absence: () => broker.absence?.() }),
    ...(broker.coordination === undefined
      ? {}
      : { coordination: validateCoordination(broker.coordination, kind) }),
    openQueue: (name) => {
      const queue = new OpenTarget({ broker: kind, queue: name }, open);
      return queue.run(async () => validateQueue(await broker.openQueue(fullQueueName("", name)), queue));
    },
    openConsumer: (name, options) => {
      const consumer = new OpenTarget({ broker: kind, queue: name }, open);
      return consumer.run(() => openConsumer(broker, consumer, options));
    },
    close: () => open.close(() => broker.close()),
  };
  validated.add(result);
  return result;
}

function isValidated(broker: Broker): broker is ValidatedBroker {
  return validated.has(broker);
}

/** What a queue leases for at most is known once it is open. */
async function openConsumer(
  broker: Broker,
  open: OpenTarget,
  options: ConsumerOptions,
): Promise<ValidatedConsumer> {
  checkLeaseForm(options.leaseMs);
  const consumer = await broker.openConsumer(fullQueueName("", open.target.queue ?? ""), options);
  try {
    checkLease(options.leaseMs, { capabilities: consumer.capabilities, target: open.target });
  } catch (error) {
    await consumer.close();
    throw error;
  }
  return validateConsumer(consumer, open);
}

function validateCoordination(coordination: CoordinationStore, kind: string): CoordinationStore {
  // It closes with the broker, but a worker that ends may still take its own entries out.
  const open = new OpenTarget({ broker: kind });
  return {
    put: (entry, ttlMs) => open.run(() => coordination.put(entry, ttlMs)),
    claim: (entry, ttlMs) => open.run(() => coordination.claim(entry, ttlMs)),
    list: (set) => open.run(() => coordination.list(set)),
    count: (set) => open.run(() => coordination.count(set)),
    remove: (set, name) => open.run(() => coordination.remove(set, name)),
  };
}
