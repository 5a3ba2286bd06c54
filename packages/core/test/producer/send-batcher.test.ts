import { memory } from "@jobs/adapter-memory";
import { expect, test } from "vitest";
import type { BrokerQueue } from "../../src/broker/broker.ts";
import { CALL_TIMEOUT_MS } from "../../src/broker/call-options.ts";
import { createSendBatcher, type Sending } from "../../src/producer/queue-sender.ts";
import { sleep } from "../../src/runtime/clock.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";

/** A batcher over a real queue that is open already, and the sizes of the sends so far. */
async function openBatcher(fullBatch: number | undefined) {
  const queue = await memory().openQueue("letters");
  const sizes: number[] = [];
  const clock = createVirtualClock();
  const watched = {
    ...queue,
    ...(fullBatch === undefined ? {} : { fullBatch }),
    send(messages: Parameters<typeof queue.send>[0]) {
      sizes.push(messages.length);
      return queue.send(messages);
    },
  };
  const target = {
    broker: "memory",
    queue: "letters",
    open: async () => watched,
    answer: ({ delayMs }: Sending) => delayMs,
  };
  const batcher = createSendBatcher(target, clock);
  const push = (n: number) => batcher.push({ id: `job-${n}`, label: "tell", body: "{}" }, n, clock.now());
  await Promise.all([push(0), clock.advance(0)]);
  return { sizes, clock, push };
}

test("a full batch does not wait for the end of the turn, what is left over does", async () => {
  const { sizes, clock, push } = await openBatcher(3);
  const answers = Array.from({ length: 8 }, (_, n) => push(n + 1));
  expect(sizes).toEqual([1, 3, 3]);
  await clock.advance(0);
  expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(sizes).toEqual([1, 3, 3, 2]);
});

test("a queue that knows of no full batch is sent the whole turn", async () => {
  const { sizes, clock, push } = await openBatcher(undefined);
  const answers = Array.from({ length: 8 }, (_, n) => push(n + 1));
  expect(sizes).toEqual([1]);
  await clock.advance(0);
  await Promise.all(answers);
  expect(sizes).toEqual([1, 8]);
});

test("what opening a queue takes is not there for the first send", async () => {
  const clock = createVirtualClock();
  const queue = await memory().openQueue("letters");
  const limits: unknown[] = [];
  const target = {
    broker: "memory",
    queue: "letters",
    async open() {
      await sleep(clock, 1_500);
      const send: BrokerQueue["send"] = (messages, options) => {
        limits.push(options?.timeoutMs);
        return queue.send(messages, options);
      };
      return { ...queue, send };
    },
    answer: ({ delayMs }: Sending) => delayMs,
  };
  const batcher = createSendBatcher(target, clock);
  const push = (n: number) => batcher.push({ id: `job-${n}`, label: "tell", body: "{}" }, n, clock.now());
  await Promise.all([push(1), clock.advance(2_000)]);
  await Promise.all([push(2), clock.advance(0)]);
  expect(limits).toEqual([CALL_TIMEOUT_MS - 1_500, undefined]);
});
