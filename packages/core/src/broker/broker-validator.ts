import { validateCoordination } from "../coordination/validate-coordination.ts";
import { boolean, func, having, object, text, whole } from "../options/option-rules.ts";
import { OpenTarget } from "./adapter-call.ts";
import type { Broker, BrokerConsumer, ConsumerOptions } from "./broker.ts";
import { wrongAnswer } from "./check-answers.ts";
import {
  COORDINATION_METHODS,
  checkAnswered,
  checkCapabilities,
  checkGiven,
  type FormRules,
  IDENTITY_RULES,
  optional,
} from "./check-form.ts";
import { checkConsumerOptions } from "./check-queue-options.ts";
import { fullQueueName } from "./queue-name.ts";
import { checkLease } from "./refusals.ts";
import { type ValidatedConsumer, validateConsumer } from "./validate-consumer.ts";
import { validateQueue } from "./validate-queue.ts";

/** A broker with core's checks, see {@link validateBroker}. */
export interface ValidatedBroker extends Broker {
  openConsumer(name: string, options: ConsumerOptions): Promise<ValidatedConsumer>;
}

const BROKER: FormRules<Broker> = {
  ...IDENTITY_RULES,
  openQueue: func,
  openConsumer: func,
  keepsFinished: optional(boolean),
  limits: optional(object),
  foreignQueues: optional(having("a set of names of queues", "has")),
  coordination: optional(having("a coordination store", ...Object.keys(COORDINATION_METHODS))),
  schema: optional(object),
  absence: optional(func),
  requests: optional(func),
  transactionId: optional(func),
  close: func,
};

const CONSUMER: FormRules<BrokerConsumer> = {
  queue: text,
  capabilities: object,
  sharedReceive: optional(whole(1)),
  receive: func,
  extend: func,
  settle: func,
  note: optional(func),
  complete: optional(func),
  isCompleted: optional(func),
  settleAndReceive: optional(func),
  close: func,
};

const validated = new WeakSet<Broker>();

/**
 * Decides alone what a broker refuses, from its declared {@link Capabilities}: messages, calls, settlements and
 * operations. After a close it refuses every call. It also converts a driver's error to a
 * {@link BrokerUnavailableError} with its cause. It adds the combined settle-and-receive where it is missing. What an
 * adapter answers is checked too, see ADR 36.
 * @throws ConfigError for a broker without one of its members, with all that is wrong
 */
export function validateBroker(broker: Broker): ValidatedBroker {
  if (isValidated(broker)) return broker;
  checkGiven(broker, "the broker", BROKER);
  const { kind } = broker;
  const open = new OpenTarget({ broker: kind });
  const result: ValidatedBroker = {
    kind,
    reach: broker.reach,
    ...(broker.keepsFinished === undefined ? {} : { keepsFinished: broker.keepsFinished }),
    ...(broker.limits === undefined ? {} : { limits: broker.limits }),
    ...(broker.foreignQueues === undefined ? {} : { foreignQueues: broker.foreignQueues }),
    ...(broker.schema === undefined ? {} : { schema: broker.schema }),
    ...(broker.absence === undefined ? {} : { absence: () => absenceOf(broker) }),
    ...(broker.requests === undefined ? {} : { requests: () => broker.requests?.() ?? [] }),
    ...(broker.transactionId === undefined ? {} : { transactionId: idsOf(broker, open) }),
    ...(broker.coordination === undefined
      ? {}
      : { coordination: validateCoordination(broker.coordination, open) }),
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

/** Takes a decorated broker as validated, since it passes its calls on to one that is. */
export function trustDecorated(broker: ValidatedBroker): ValidatedBroker {
  validated.add(broker);
  return broker;
}

function isValidated(broker: Broker): broker is ValidatedBroker {
  return validated.has(broker);
}

/** The longest lease of a queue is known only once it is open, so it is checked after that. */
async function openConsumer(
  broker: Broker,
  open: OpenTarget,
  options: ConsumerOptions,
): Promise<ValidatedConsumer> {
  checkConsumerOptions(options, "broker.openConsumer");
  const opened = await broker.openConsumer(fullQueueName("", open.target.queue ?? ""), options);
  const consumer = checkAnswered(opened, { target: open.target, call: "openConsumer" }, CONSUMER);
  try {
    checkCapabilities(consumer.capabilities, open.target, "openConsumer");
    checkLease(options.leaseMs, { capabilities: consumer.capabilities, target: open.target });
  } catch (error) {
    await consumer.close();
    throw error;
  }
  return validateConsumer(consumer, open);
}

/** A failed read is told by the send that it was for. Where there is no send, nobody asks for it. */
function idsOf(broker: Broker, open: OpenTarget): NonNullable<Broker["transactionId"]> {
  return (transaction) => {
    const id = open.pass(async () => broker.transactionId?.(transaction));
    id.catch(() => undefined);
    return id;
  };
}

/** @throws InvalidAnswerError for what is neither a text nor nothing */
function absenceOf(broker: Broker): string | undefined {
  const missing = broker.absence?.();
  if (missing === undefined || typeof missing === "string") return missing;
  throw wrongAnswer({ broker: broker.kind }, "absence", "a text or undefined", missing);
}
