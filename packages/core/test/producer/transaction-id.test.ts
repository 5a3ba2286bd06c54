import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, type Task, upcast } from "@jobs/core";
import type { Broker, SendOptions } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const checkedLater = defineTask(
  "checked_later",
  z.object({ order: z.int().refine(async (order) => order > 0) }),
);

const tasks: readonly Task[] = [
  defineTask("plain", { order: "integer" }),
  checkedLater,
  defineTask(
    "newer",
    { number: "integer" },
    {
      version: 2,
      from: { 1: upcast({ order: "integer" }, ({ order }) => ({ number: order })) },
      to: { 1: ({ number }) => ({ order: number }) },
    },
  ),
];

describe("the transaction of an enqueue", () => {
  it.each([
    ["plain", { order: 1 }, {}],
    ["checked_later", { order: 1 }, {}],
    ["newer", { number: 1 }, { version: 1 }],
  ])("is asked for before anything is awaited: %s", async (name, params, options) => {
    const asked: object[] = [];
    const sent: SendOptions[] = [];
    const base = memory();
    const id = Promise.resolve("id of the transaction");
    const broker: Broker = {
      ...base,
      transactionId: (transaction) => {
        asked.push(transaction);
        return id;
      },
      openQueue: async (queueName) => {
        const queue = await base.openQueue(queueName);
        return {
          ...queue,
          capabilities: { ...queue.capabilities, transactions: true },
          send: (messages, given = {}) => {
            sent.push(given);
            return queue.send(messages);
          },
        };
      },
    };
    await using app = createApp({ broker, tasks });
    const transaction = {};
    const enqueued = app.enqueueByName(name, params, { ...options, transaction });
    expect(asked).toEqual([transaction]);
    await enqueued;
    expect(await sent[0]?.transactionId).toBe("id of the transaction");
  });

  it("fails nothing by itself where the job is refused for its parameters", async () => {
    const refusing: Broker = { ...memory(), transactionId: () => Promise.reject(new Error("cut")) };
    await using app = createApp({ broker: refusing, tasks });
    const refused = app.enqueue(checkedLater, { order: 0 }, { transaction: {} });
    await expect(refused).rejects.toThrow();
  });
});
