import type { BrokerConsumer, BrokerQueue } from "@jobs/core/broker";
import type { Mutant } from "./mutant.ts";

/** A queue with a call that answers something else than its type says. */
function answering<Call extends keyof BrokerQueue>(flaw: string, call: Call, answer: unknown): Mutant {
  return { flaw, queue: () => ({ [call]: async () => answer }) as Partial<BrokerQueue> };
}

function changing(
  flaw: string,
  call: "receive" | "settle" | "extend",
  change: (answer: object) => unknown,
): Mutant {
  return {
    flaw,
    consumer: (consumer) => {
      const ask = consumer[call] as (...asked: unknown[]) => Promise<readonly object[]>;
      return {
        [call]: async (...asked: unknown[]) => (await ask(...asked)).map(change),
      } as Partial<BrokerConsumer>;
    },
  };
}

/** Brokers that do all they should, and answer something else than the interface says. */
export const answerMutants: readonly Mutant[] = [
  {
    flaw: "a send answers nothing",
    queue: (queue) => ({
      send: (messages) => queue.send(messages).then(() => undefined as never),
    }),
  },
  {
    flaw: "a send answers for the first message only",
    queue: (queue) => ({ send: async (messages) => (await queue.send(messages)).slice(0, 1) }),
  },
  {
    flaw: "a send answers without the broker's id",
    queue: (queue) => ({
      send: async (messages) => (await queue.send(messages)).map(({ status }) => ({ status }) as never),
    }),
  },
  changing("deliveries have no receipt", "receive", ({ receipt: _, ...rest }: { receipt?: string }) => rest),
  changing("deliveries do not count failures, although it is declared", "receive", (one) => ({
    ...one,
    failureCount: null,
  })),
  changing("a receive answers deliveries without counts", "receive", (one) => ({
    ...one,
    deliveryCount: undefined,
  })),
  changing("a settle answers a status of its own", "settle", () => ({ status: "done" })),
  changing(
    "an extend does not say until when",
    "extend",
    ({ leaseUntil: _, ...rest }: { leaseUntil?: number }) => rest,
  ),
  {
    flaw: "the numbers of a queue leave one out",
    queue: (queue) => ({
      stats: async () => {
        const { entered: _, ...rest } = await queue.stats();
        return rest as never;
      },
    }),
  },
  answering("a remove answers nothing", "remove", undefined),
  answering("a peek answers a list in place of a page", "peek", []),
  answering("a redrive answers nothing", "redrive", undefined),
];
