import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { Broker, ConsumerOptions } from "./broker.ts";
import { CallTarget } from "./call-target.ts";
import { checkLease, checkLeaseForm } from "./check-call.ts";
import { fullQueueName } from "./queue-name.ts";
import { type ValidatedConsumer, validateConsumer } from "./validate-consumer.ts";
import { validateQueue } from "./validate-queue.ts";

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
  const target = new CallTarget({ broker: kind });
  const result: ValidatedBroker = {
    kind,
    reach: broker.reach,
    ...(broker.absence === undefined ? {} : { absence: () => broker.absence?.() }),
    ...(broker.coordination === undefined
      ? {}
      : { coordination: validateCoordination(broker.coordination, kind) }),
    openQueue: (name) => {
      const queue = new CallTarget({ broker: kind, queue: name }, target);
      return queue.run(async () => validateQueue(await broker.openQueue(fullQueueName("", name)), queue));
    },
    openConsumer: (name, options) => {
      const consumer = new CallTarget({ broker: kind, queue: name }, target);
      return consumer.run(() => openConsumer(broker, consumer, options));
    },
    close: () => target.close(() => broker.close()),
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
  target: CallTarget,
  options: ConsumerOptions,
): Promise<ValidatedConsumer> {
  checkLeaseForm(options.leaseMs);
  const consumer = await broker.openConsumer(fullQueueName("", target.place.queue ?? ""), options);
  try {
    checkLease(options.leaseMs, { capabilities: consumer.capabilities, place: target.place });
  } catch (error) {
    await consumer.close();
    throw error;
  }
  return validateConsumer(consumer, target);
}

function validateCoordination(coordination: CoordinationStore, kind: string): CoordinationStore {
  // It closes with the broker, but a worker that ends may still take its own entries out.
  const target = new CallTarget({ broker: kind });
  return {
    put: (mark, ttlMs) => target.run(() => coordination.put(mark, ttlMs)),
    claim: (mark, ttlMs) => target.run(() => coordination.claim(mark, ttlMs)),
    list: (set) => target.run(() => coordination.list(set)),
    count: (set) => target.run(() => coordination.count(set)),
    remove: (set, name) => target.run(() => coordination.remove(set, name)),
  };
}
