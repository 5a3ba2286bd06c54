import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { BAD_LIMITS, GENEROUS_MS, LEASE_TICKS, NEVER, nameOf, names, type Scene } from "../harness/scene.ts";
import { unlessDelay } from "./conditions.ts";

/** Time within which a waiting receive must return a message that has become ready, in ms. */
function noticeMs({ capabilities, time }: Scene): number {
  return time.tickMs + capabilities.resolutionMs;
}

/** Chapter R. */
export const receiveClauses: readonly Clause[] = [
  {
    id: "R1",
    rule: "A receive returns at most `max` and at most maxReceive messages; a broker with an order returns as many, if they are ready.",
    source: "ReceiveOptions.max, Capabilities.maxReceive",
    async check(scene) {
      const { maxReceive, order } = scene.capabilities;
      await scene.send(names("job", maxReceive + 10));
      for (const [max, most] of [
        [5, Math.min(5, maxReceive)],
        [maxReceive + 1, maxReceive],
      ] as const) {
        const received = await scene.receive(max);
        assert(received.length > 0 && received.length <= most, `1 to ${most}, not ${received.length}`);
        // A broker without an order may look at a part of what it has.
        if (order === "fifo") assert.equal(received.length, most);
      }
    },
  },
  {
    id: "R2",
    rule: "A receive without a wait returns nothing at once when the queue is empty.",
    source: "ReceiveOptions.waitMs",
    async check({ consumer, time }) {
      const received = consumer.receive({ max: 10, waitMs: 0, signal: NEVER });
      assert.deepEqual(await time.within(received, 2 * time.tickMs), []);
    },
  },
  {
    id: "R3",
    rule: "A receive that waits in vain ends after about `waitMs` and returns nothing.",
    source: "ReceiveOptions.waitMs",
    async check(scene) {
      const received = scene.wait(4);
      assert.deepEqual(await scene.time.within(received, 4 * scene.time.tickMs + noticeMs(scene)), []);
    },
  },
  {
    id: "R4",
    rule: "A receive that may wait returns ready messages at once.",
    source: "ReceiveOptions.waitMs",
    async check(scene) {
      await scene.send(["job"]);
      const received = await scene.time.within(scene.wait(8), noticeMs(scene));
      assert.deepEqual(received.map(nameOf), ["job"]);
    },
  },
  {
    id: "R5",
    rule: "A receive that waits ends as soon as a message arrives.",
    source: "BrokerConsumer.receive",
    async check(scene) {
      const waiting = scene.wait(8);
      await scene.pass(1);
      await scene.send(["job"]);
      const received = await scene.time.within(waiting, noticeMs(scene));
      assert.deepEqual(received.map(nameOf), ["job"]);
    },
  },
  {
    id: "R6",
    rule: "A receive that waits also ends when another process sends.",
    source: "BrokerConsumer.receive",
    async check(scene) {
      const other = await scene.anotherProcess();
      const waiting = scene.wait(8);
      await scene.pass(1);
      await other.send(["job"]);
      const received = await scene.time.within(waiting, noticeMs(scene));
      assert.deepEqual(received.map(nameOf), ["job"]);
    },
  },
  {
    id: "R7",
    rule: "A receive that waits ends when a delayed message becomes due.",
    source: "BrokerConsumer.receive",
    unless: unlessDelay,
    async check(scene) {
      await scene.send(["job"], { delayMs: 2 * scene.time.tickMs });
      const received = await scene.time.within(scene.wait(8), 2 * scene.time.tickMs + noticeMs(scene));
      assert.deepEqual(received.map(nameOf), ["job"]);
    },
  },
  {
    id: "R8",
    rule: "A receive that waits ends when a lease expires and its message comes back.",
    source: "Capabilities.recoveryMs",
    async check(scene) {
      const brief = await scene.anotherProcess(2);
      await scene.send(["job"]);
      await brief.takeOne();
      const waitTicks = 8 + Math.ceil(scene.capabilities.recoveryMs / scene.time.tickMs);
      const budgetMs = 2 * scene.time.tickMs + scene.capabilities.recoveryMs + noticeMs(scene);
      const received = await scene.time.within(scene.wait(waitTicks), budgetMs);
      assert.deepEqual(received.map(nameOf), ["job"]);
    },
  },
  {
    id: "R9",
    rule: "After an abort a receive resolves within abortMs, and never rejects.",
    source: "Capabilities.abortMs",
    async check(scene) {
      const abort = new AbortController();
      const waiting = scene.wait(60, abort.signal);
      await scene.pass(1);
      abort.abort();
      assert.deepEqual(await scene.time.within(waiting, scene.capabilities.abortMs), []);
    },
  },
  {
    id: "R10",
    rule: "A receive with a signal that is already aborted resolves within abortMs too.",
    source: "Capabilities.abortMs",
    async check(scene) {
      const waiting = scene.wait(60, AbortSignal.abort());
      assert.deepEqual(await scene.time.within(waiting, scene.capabilities.abortMs), []);
    },
  },
  {
    id: "R11",
    rule: "An aborted receive loses nothing: the next one gets what it did not return.",
    source: "BrokerConsumer.receive",
    async check(scene) {
      const abort = new AbortController();
      const waiting = scene.wait(60, abort.signal);
      await scene.pass(1);
      const sending = scene.send(["job"]);
      abort.abort();
      await sending;
      const brought = await scene.time.within(waiting, scene.capabilities.abortMs);
      for (const delivery of brought) await scene.settle(delivery, { action: "release" });
      assert.equal(nameOf(await scene.takeOne()), "job");
    },
  },
  {
    id: "R12",
    rule: "Consumers of several processes never share a message.",
    source: "fault F11",
    async check(scene) {
      const sent = names("job", 40);
      await scene.send(sent);
      const other = await scene.anotherProcess();
      const rounds = Array.from({ length: 8 }, () => Promise.all([scene.receive(5), other.receive(5)]));
      const taken = (await Promise.all(rounds)).flat(2).map(nameOf);
      assert.equal(new Set(taken).size, taken.length, "no message was leased twice");
      const rest = await scene.take(sent.length - taken.length);
      assert.deepEqual([...taken, ...rest.map(nameOf)].sort(), [...sent].sort());
    },
  },
  {
    id: "R13",
    rule: "A `max` or `waitMs` that is not a usable number is refused.",
    source: "ReceiveOptions",
    async check({ consumer }) {
      for (const max of [0, -1, 1.5, Number.NaN]) {
        await assertRejects(consumer.receive({ max, waitMs: 0, signal: NEVER }), "invalid_config");
      }
      for (const waitMs of [-1, Number.NaN]) {
        await assertRejects(consumer.receive({ max: 1, waitMs, signal: NEVER }), "invalid_config");
      }
    },
  },
  {
    id: "R14",
    rule: "A first delivery counts 1 delivery, no failure, no crash, and its lease ends no later than leaseMs after the call.",
    source: "Delivery",
    async check(scene) {
      const { failureCount, crashCount } = scene.capabilities;
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      const doneAt = scene.time.clock.monotonic();
      assert.equal(delivery.deliveryCount, 1);
      assert.equal(delivery.failureCount, failureCount === "exact" ? 0 : null);
      assert.equal(delivery.crashCount, crashCount === "exact" ? 0 : null);
      assert(delivery.receipt.length > 0, "a receipt");
      assert(delivery.leaseUntil > doneAt, "the lease has not ended");
      assert(delivery.leaseUntil <= doneAt + LEASE_TICKS * scene.time.tickMs, "counted from before the call");
    },
  },
  {
    id: "R15",
    rule: "A receive accepts a time limit for its answer, besides its wait; a limit that is no length of time is refused.",
    source: "CallOptions.timeoutMs",
    async check(scene) {
      const options = { max: 1, waitMs: 0, signal: NEVER };
      await scene.send(["job"]);
      for (const timeoutMs of BAD_LIMITS)
        await assertRejects(scene.consumer.receive({ ...options, timeoutMs }), "invalid_config");
      const waitMs = 2 * scene.time.tickMs;
      const received = await scene.consumer.receive({ ...options, waitMs, timeoutMs: GENEROUS_MS });
      assert.equal(received.length, 1);
    },
  },
];
