import { QueueNotFoundError, type Settlement } from "@jobs/core/broker";
import type { Mutant, QueueState } from "./mutant.ts";

/** A queue that exists without being created by the test. */
const OTHER_QUEUE = "test-main";

/** Opens only queues that a test has created, or those whose name has been given to it. */
function openCreated(isCreated: (name: string) => boolean): NonNullable<Mutant["broker"]> {
  return (broker) => {
    const find = (queue: string) => {
      if (!isCreated(queue)) throw new QueueNotFoundError({ broker: broker.kind, queue });
    };
    return {
      async openQueue(name) {
        find(name);
        return broker.openQueue(name);
      },
      async openConsumer(name, options) {
        find(name);
        return broker.openConsumer(name, options);
      },
    };
  };
}

const EXTERNAL = { claims: { provisioning: "external" } } as const;

/** Nothing is wrong with it: it opens no queue that no test has created. */
export const soundProvisioning: Mutant = {
  flaw: "none",
  ...EXTERNAL,
  broker: openCreated((name) => name.startsWith("test-")),
};

/** Memory that keeps finished jobs. `change`: what it does with a value. */
function keeping(flaw: string, change: (value: string) => string, isShownAsReady = false): Mutant {
  const values = new WeakMap<QueueState, Map<string, string>>();
  const valuesOf = (state: QueueState) => {
    const known = values.get(state) ?? new Map<string, string>();
    values.set(state, known);
    return known;
  };
  return {
    flaw,
    claims: { keepsFinished: true },
    queue: (queue, { state }) => ({
      async peek(options) {
        if (options.state !== "succeeded" && !(isShownAsReady && options.state === "ready"))
          return queue.peek(options);
        const shown = [...valuesOf(state)].map(([messageId, value]) => ({
          messageId,
          label: "",
          body: "",
          state: options.state,
          deliveryCount: 1,
          failureCount: 0,
          crashCount: 0,
          priority: 0,
          dueAt: 0,
          redrives: 0,
          succeeded: { value, at: 0 },
        }));
        return { messages: shown, next: null };
      },
    }),
    consumer: (consumer, { state }) => ({
      async settle(settlements) {
        const results = await consumer.settle(settlements);
        settlements.forEach((settlement, index) => {
          if (settlement.action !== "ack" || results[index]?.status !== "settled") return;
          valuesOf(state).set(settlement.delivery.messageId, change(settlement.value ?? "null"));
        });
        return results;
      },
    }),
  };
}

/** Nothing is wrong with it. */
export const soundKeeping = keeping("none", (value) => value);

/** Removes what was sent through a broker when it closes. */
function forgetting(): Mutant {
  const opened = new Set<QueueState>();
  return {
    flaw: "messages end with the process that sent them, though they are declared durable",
    claims: { durable: true },
    queue: (_, { state }) => {
      opened.add(state);
      return {};
    },
    broker: (broker) => ({
      async close() {
        for (const state of opened)
          for (const record of [...state.values()]) if (record.state === "ready") state.remove(record);
        await broker.close();
      },
    }),
  };
}

/** Flaws of brokers that can do more than memory, or less. */
export const claimMutants: readonly Mutant[] = [
  forgetting(),
  { flaw: "a missing queue is created, though queues are declared to exist beforehand", ...EXTERNAL },
  {
    flaw: "a missing queue is taken for another one",
    ...EXTERNAL,
    broker: (broker) => ({
      openQueue: (name) => broker.openQueue(name.startsWith("test-") ? name : OTHER_QUEUE),
    }),
  },
  {
    flaw: "a limit of deliveries is declared and not kept",
    declares: { maxDeliveries: 3 },
    keeps: { maxDeliveries: null },
  },
  {
    flaw: "a stale retry loses its message, where receipts are not told apart",
    declares: { fencing: false },
    consumer: (consumer, { state }) => ({
      async settle(settlements) {
        const isStale = ({ delivery }: Settlement) =>
          state.find(delivery.messageId)?.history.receipt !== delivery.receipt;
        for (const { delivery } of settlements.filter(isStale)) {
          const record = state.find(delivery.messageId);
          if (record !== undefined) state.remove(record);
        }
        return consumer.settle(settlements);
      },
    }),
  },
  keeping("a finished job loses its value", () => "null"),
  keeping("a finished job is also shown as a ready one", (value) => value, true),
];
