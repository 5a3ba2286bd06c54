import type {
  Broker,
  BrokerConsumer,
  BrokerQueue,
  CoordinationStore,
  Delivery,
  ExtendResult,
  Settlement,
  SettleResult,
} from "../src/entries/broker.ts";

/** `instead`: an answer that may even be `undefined`. */
type Answer<T> = Error | T | { readonly instead: T } | undefined;

/** Faults that a test switches on and off while a worker runs. What is not set works. */
export interface Faults {
  /** Thrown by openQueue and openConsumer of a queue of that full name. */
  open?: (queue: string) => Error | Promise<never> | undefined;
  /** Thrown by receive; or a promise to wait for first. */
  receive?: () => Error | Promise<never> | undefined;
  /** Awaited before an answer of receive is handed over: an answer that is late on its way. */
  answer?: () => Promise<void>;
  /** The answer of receive to hand over in place of the true one. */
  received?: (deliveries: readonly Delivery[]) => readonly Delivery[];
  /** No fault: what the consumers that are opened later declare. */
  sharedReceive?: number;
  /** Answers to give instead of settling; `undefined` lets the call through. */
  settle?: (settlements: readonly Settlement[]) => Answer<readonly SettleResult[]>;
  /** Answers to give instead of extending. */
  extend?: (deliveries: readonly Delivery[]) => Answer<readonly ExtendResult[]>;
  /** No fault: called when a consumer is closed. */
  closed?: () => void;
  /** Thrown by send to a queue of that full name, or a promise that never ends. */
  send?: (queue: string) => Error | Promise<never> | undefined;
  /** Thrown by what writes marks, or a promise that never ends. */
  mark?: () => Error | Promise<never> | undefined;
  /** Called before the marks of a set are listed; thrown by it, or a promise that never ends. */
  list?: (set: string) => Error | Promise<never> | undefined;
}

/** Wraps a broker so that each call can be made to fail, hang or lie. */
export function faultyBroker(broker: Broker, faults: Faults): Broker {
  return {
    kind: broker.kind,
    reach: broker.reach,
    async openQueue(name) {
      await raise(faults.open?.(name));
      return faultyQueue(await broker.openQueue(name), faults);
    },
    async openConsumer(name, options) {
      await raise(faults.open?.(name));
      return faultyConsumer(await broker.openConsumer(name, options), faults);
    },
    ...(broker.coordination && { coordination: faultyMarks(broker.coordination, faults) }),
    close: () => broker.close(),
  };
}

function faultyMarks(coordination: CoordinationStore, faults: Faults): CoordinationStore {
  return {
    ...coordination,
    async put(mark, ttlMs) {
      await raise(faults.mark?.());
      return coordination.put(mark, ttlMs);
    },
    async remove(set, name) {
      await raise(faults.mark?.());
      return coordination.remove(set, name);
    },
    async list(set) {
      await raise(faults.list?.(set));
      return coordination.list(set);
    },
  };
}

function faultyQueue(queue: BrokerQueue, faults: Faults): BrokerQueue {
  return {
    name: queue.name,
    capabilities: queue.capabilities,
    async send(messages) {
      await raise(faults.send?.(queue.name));
      return queue.send(messages);
    },
    stats: () => queue.stats(),
    peek: (options) => queue.peek(options),
    remove: (ids) => queue.remove(ids),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    purge: () => queue.purge(),
    redrive: (options) => queue.redrive(options),
  };
}

function faultyConsumer(consumer: BrokerConsumer, faults: Faults): BrokerConsumer {
  return {
    queue: consumer.queue,
    capabilities: consumer.capabilities,
    ...(faults.sharedReceive !== undefined && { sharedReceive: faults.sharedReceive }),
    async receive(options) {
      await raise(faults.receive?.());
      const deliveries = await consumer.receive(options);
      await faults.answer?.();
      return faults.received === undefined ? deliveries : faults.received(deliveries);
    },
    async extend(deliveries, leaseMs) {
      const answer = faults.extend?.(deliveries);
      return answer === undefined ? consumer.extend(deliveries, leaseMs) : given(answer);
    },
    async settle(settlements) {
      const answer = faults.settle?.(settlements);
      return answer === undefined ? consumer.settle(settlements) : given(answer);
    },
    close() {
      faults.closed?.();
      return consumer.close();
    },
  };
}

function raise(fault: Error | Promise<never> | undefined): Promise<never> | undefined {
  if (fault instanceof Error) throw fault;
  return fault;
}

function given<T>(answer: Error | T | { readonly instead: T }): T {
  if (answer instanceof Error) throw answer;
  return typeof answer === "object" && answer !== null && "instead" in answer ? answer.instead : answer;
}
