import type { BrokerConsumer, Delivery } from "@jobs/core/broker";
import { sleep } from "@jobs/core/runtime";
import type { Mutant } from "./mutant.ts";

const NEVER = new AbortController().signal;

/** A flaw in what a delivery tells. */
function delivering(flaw: string, change: (delivery: Delivery) => Partial<Delivery>): Mutant {
  return {
    flaw,
    consumer: (consumer) => ({
      receive: async (options) =>
        (await consumer.receive(options)).map((delivery) => ({ ...delivery, ...change(delivery) })),
    }),
  };
}

/** A flaw in how a receive is asked. */
function asking(flaw: string, change: (options: Parameters<BrokerConsumer["receive"]>[0]) => object): Mutant {
  return {
    flaw,
    consumer: (consumer) => ({ receive: (options) => consumer.receive({ ...options, ...change(options) }) }),
  };
}

export const receiveMutants: readonly Mutant[] = [
  delivering("deliveries are not counted", () => ({ deliveryCount: 1 })),
  delivering("crashes are not counted", () => ({ crashCount: 0 })),
  delivering("failures are not counted", () => ({ failureCount: 0 })),
  delivering("releases and crashes count as failures", ({ deliveryCount }) => ({
    failureCount: deliveryCount - 1,
  })),
  delivering("the lease is told to be longer than it is", ({ leaseUntil }) => ({
    leaseUntil: leaseUntil + 1,
  })),
  asking("one message more than asked for", ({ max }) => ({ max: max + 1 })),
  asking("a receive brings a few only", ({ max }) => ({ max: Math.min(max, 3) })),
  asking("receives do not wait", () => ({ waitMs: 0 })),
  asking("receives wait for ever", ({ waitMs }) => ({ waitMs: waitMs === 0 ? 0 : Number.POSITIVE_INFINITY })),
  asking("the signal is ignored", () => ({ signal: NEVER })),
  {
    flaw: "a receive rejects when it is aborted",
    consumer: (consumer) => ({
      async receive(options) {
        const received = await consumer.receive(options);
        options.signal.throwIfAborted();
        return received;
      },
    }),
  },
  {
    flaw: "an empty queue is an error",
    consumer: (consumer) => ({
      async receive(options) {
        const received = await consumer.receive(options);
        if (received.length === 0 && options.waitMs === 0) throw new Error("nothing there");
        return received;
      },
    }),
  },
  {
    flaw: "messages that cannot be read stay leased",
    consumer: (consumer) => ({
      receive: async (options) => (await consumer.receive(options)).filter(({ body }) => body !== "{"),
    }),
  },
  {
    flaw: "settleAndReceive receives before it settles",
    consumer: (consumer) => ({
      async settleAndReceive(settlements, options) {
        const received = await consumer.receive(options);
        return { settled: await consumer.settle(settlements), received };
      },
    }),
  },
  {
    flaw: "a receive that is aborted loses what it has just leased",
    consumer: (consumer) => ({
      async receive(options) {
        const received = await consumer.receive(options);
        if (!options.signal.aborted) return received;
        await consumer.receive({ max: 10, waitMs: 0, signal: NEVER });
        return [];
      },
    }),
  },
  {
    flaw: "a receive that waits looks only once more, at its end",
    consumer: (consumer, { clock }) => ({
      async receive(options) {
        const received = await consumer.receive({ ...options, waitMs: 0 });
        if (received.length > 0 || options.waitMs === 0) return received;
        await sleep(clock, options.waitMs, options.signal);
        return options.signal.aborted ? [] : consumer.receive({ ...options, waitMs: 0 });
      },
    }),
  },
  { flaw: "a receive that waits sleeps through due times", state: () => ({ nextDueAt: undefined }) },
  {
    flaw: "the last one sent is delivered first",
    state: (state) => ({
      get next() {
        return state.isPaused
          ? undefined
          : [...state.values()].findLast((record) => record.state === "ready");
      },
    }),
  },
  {
    flaw: "released messages wait at the end of the line",
    state: (state) => ({ release: (record, nowAt) => state.retry(record, { nowAt, dueAt: nowAt }) }),
  },
  {
    flaw: "two queues whose names differ in case are one",
    rename: (name) => name.toLowerCase(),
  },
  { flaw: "two queues whose names begin alike are one", rename: (name) => name.slice(0, 9) },
  { flaw: "a dash in a name is an underscore", rename: (name) => name.replaceAll("-", "_") },
  { flaw: "a message is set aside after 5 deliveries, undeclared", keeps: { maxDeliveries: 5 } },
];
