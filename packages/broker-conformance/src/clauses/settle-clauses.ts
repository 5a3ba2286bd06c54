import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import { assertRefused, assertRejects } from "../harness/refusal.ts";
import {
  BAD_LIMITS,
  GENEROUS_MS,
  LEASE_TICKS,
  NEVER,
  nameOf,
  names,
  settlementOf,
} from "../harness/scene.ts";
import { unlessDeadLetter, unlessFencing, unlessPeek } from "./conditions.ts";

/** Chapter T. */
export const settleClauses: readonly Clause[] = [
  {
    id: "T1",
    rule: "An acked message is never delivered again, and nothing of it stays in storage.",
    source: "semantics: done is terminal, fault O4",
    async check(scene) {
      await scene.send(names("job", 5));
      const taken = await scene.take(5);
      const results = await scene.consumer.settle(
        taken.map((delivery) => settlementOf(delivery, { action: "ack" })),
      );
      assert.deepEqual(
        results.map(({ status }) => status),
        Array(5).fill("settled"),
      );
      await scene.passLease();
      await scene.expectNothing("all are done");
      assert.deepEqual(await scene.harness.leftovers(), []);
    },
  },
  {
    id: "T2",
    rule: "A failed retry counts one failure and no crash, and the message waits for its delay.",
    source: "Settlement retry",
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      const delayMs = 4 * scene.time.tickMs;
      assert.equal(await scene.settle(delivery, { action: "retry", delayMs, failed: true }), "settled");
      await scene.pass(3);
      await scene.expectNothing("its delay has not passed");
      await scene.passLease(1);
      const again = await scene.takeOne();
      assert.equal(again.failureCount, scene.capabilities.failureCount === "exact" ? 1 : null);
      assert.equal(again.crashCount, scene.capabilities.crashCount === "exact" ? 0 : null);
      assert(again.deliveryCount >= 2, "one more delivery");
    },
  },
  {
    id: "T3",
    rule: "A retry that is no failure counts only the delivery.",
    source: "Settlement retry, failed: false",
    async check(scene) {
      await scene.send(["job"]);
      await scene.settle(await scene.takeOne(), { action: "retry", delayMs: 0, failed: false });
      const again = await scene.takeOne();
      assert.equal(again.failureCount, scene.capabilities.failureCount === "exact" ? 0 : null);
      assert.equal(again.crashCount, scene.capabilities.crashCount === "exact" ? 0 : null);
      if (scene.capabilities.deliveryCount === "exact") assert.equal(again.deliveryCount, 2);
    },
  },
  {
    id: "T4",
    rule: "A released message can be received at once; neither failure nor crash is counted.",
    source: "Settlement release",
    async check(scene) {
      await scene.send(["job"]);
      assert.equal(await scene.settle(await scene.takeOne(), { action: "release" }), "settled");
      const again = await scene.takeOne();
      assert.equal(again.failureCount, scene.capabilities.failureCount === "exact" ? 0 : null);
      assert.equal(again.crashCount, scene.capabilities.crashCount === "exact" ? 0 : null);
      assert.equal(await scene.ack(again), "settled");
      await scene.expectNothing("it was stored once");
    },
  },
  {
    id: "T5",
    rule: "Failures add up, also with crashes and releases between them.",
    source: "Delivery.failureCount",
    async check(scene) {
      await scene.send(["job"]);
      await scene.settle(await scene.takeOne(), { action: "retry", delayMs: 0, failed: true });
      await scene.settle(await scene.takeOne(), { action: "release" });
      await scene.takeOne();
      await scene.passLease();
      await scene.settle(await scene.takeOne(), { action: "retry", delayMs: 0, failed: true });
      const last = await scene.takeOne();
      assert.equal(last.failureCount, scene.capabilities.failureCount === "exact" ? 2 : null);
      assert.equal(last.crashCount, scene.capabilities.crashCount === "exact" ? 1 : null);
      if (scene.capabilities.deliveryCount === "exact") assert.equal(last.deliveryCount, 5);
    },
  },
  {
    id: "T6",
    rule: "A retry is refused if its delay is no length of time, or longer than declared; the lease stays.",
    source: "Capabilities.retryDelay, fault F43",
    async check(scene) {
      const { maxMs } = scene.capabilities.retryDelay;
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      const retry = async (delayMs: number) =>
        (await scene.consumer.settle([{ delivery, action: "retry", delayMs, failed: true }]))[0];
      for (const delayMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
        assertRefused(await retry(delayMs), "invalid_config");
      }
      if (Number.isFinite(maxMs)) assertRefused(await retry(maxMs + 1000), { unsupported: "retryDelay" });
      await scene.expectNothing("the worker still holds it");
      assert.equal(await scene.ack(delivery), "settled");
    },
  },
  {
    id: "T7",
    rule: "A message settled as dead is not delivered again, and is kept.",
    source: "Settlement dead",
    unless: unlessDeadLetter,
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      assert.equal(await scene.settle(delivery, { action: "dead", reason: "fatal" }), "settled");
      await scene.passLease();
      await scene.expectNothing("it is dead");
      const { dead } = await scene.queue.stats();
      assert(dead.n === null || dead.n === 1, "one dead letter");
    },
  },
  {
    id: "T8",
    rule: "Result i of a settle answers settlement i, for any mix of actions and stale leases.",
    source: "BrokerConsumer.settle",
    unless: unlessFencing,
    async check(scene) {
      assert.deepEqual(await scene.consumer.settle([]), []);
      await scene.send(["gone", "acked", "released", "retried", "refused"]);
      const taken = new Map((await scene.take(5)).map((delivery) => [nameOf(delivery), delivery]));
      await scene.ack(taken.get("gone")!);
      const delayMs = 2 * scene.time.tickMs;
      const results = await scene.consumer.settle([
        { delivery: taken.get("acked")!, action: "ack" },
        { delivery: taken.get("gone")!, action: "ack" },
        { delivery: taken.get("released")!, action: "release" },
        { delivery: taken.get("refused")!, action: "retry", delayMs: -1, failed: true },
        { delivery: taken.get("retried")!, action: "retry", delayMs, failed: true },
      ]);
      const expected = ["settled", "lost", "settled", "failed", "settled"];
      assert.deepEqual(
        results.map(({ status }) => status),
        expected,
      );
      assert.equal(nameOf(await scene.takeOne()), "released", "only this one is ready");
      await scene.expectNothing("the others are not");
    },
  },
  {
    id: "T9",
    rule: "If one settle contains the same lease twice, the second settlement is lost.",
    source: "BrokerConsumer.settle",
    unless: unlessFencing,
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      const results = await scene.consumer.settle([
        { delivery, action: "release" },
        { delivery, action: "ack" },
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ["settled", "lost"],
      );
      await scene.takeOne();
    },
  },
  {
    id: "T10",
    rule: "A settlement after an ack is lost, and does not bring the message back.",
    source: "semantics: done is terminal, fault F13",
    unless: unlessFencing,
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      assert.equal(await scene.ack(delivery), "settled");
      assert.equal(await scene.ack(delivery), "lost");
      assert.equal(await scene.settle(delivery, { action: "release" }), "lost");
      assert.equal(await scene.settle(delivery, { action: "retry", delayMs: 0, failed: true }), "lost");
      if (scene.capabilities.deadLetter !== false)
        assert.equal(await scene.settle(delivery, { action: "dead", reason: "fatal" }), "lost");
      await scene.expectNothing("it is done");
      assert.deepEqual(await scene.harness.leftovers(), []);
    },
  },
  {
    id: "T11",
    rule: "Of several settlements of one lease at the same moment, exactly one succeeds.",
    source: "fault F13",
    unless: unlessFencing,
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      const statuses = await Promise.all([
        scene.settle(delivery, { action: "ack" }),
        scene.settle(delivery, { action: "release" }),
        scene.settle(delivery, { action: "retry", delayMs: 0, failed: true }),
        scene.settle(delivery, { action: "ack" }),
      ]);
      assert.deepEqual(statuses.sort(), ["lost", "lost", "lost", "settled"]);
    },
  },
  {
    id: "T12",
    rule: "settleAndReceive settles first and then receives: it may return what it has just released.",
    source: "BrokerConsumer.settleAndReceive",
    async check(scene) {
      const { consumer } = scene;
      if (consumer.settleAndReceive === undefined) return;
      await scene.send(["one", "two"]);
      const [one, two] = await scene.take(2);
      const settlements = [settlementOf(one!, { action: "ack" }), settlementOf(two!, { action: "release" })];
      const { settled, received } = await consumer.settleAndReceive(settlements, {
        max: 5,
        waitMs: 0,
        signal: NEVER,
      });
      assert.deepEqual(
        settled.map(({ status }) => status),
        ["settled", "settled"],
      );
      assert.deepEqual(received.map(nameOf), [nameOf(two!)]);
      const none = await consumer.settleAndReceive([], { max: 5, waitMs: 0, signal: NEVER });
      assert.deepEqual(none, { settled: [], received: [] });
    },
  },
  {
    id: "T13",
    rule: "The reason of a retry can be read on the waiting message.",
    source: "StoredMessage.lastError",
    unless: unlessPeek,
    async check(scene) {
      await scene.send(["job"]);
      const reason = "HTTP 503 from the mail server";
      await scene.settle(await scene.takeOne(), { action: "retry", delayMs: 0, failed: true, reason });
      const { messages } = await scene.queue.peek({ state: "ready", limit: 5 });
      assert.deepEqual(
        messages.map(({ lastError }) => lastError),
        [reason],
      );
    },
  },
  {
    id: "T14",
    rule: "Settle and extend accept a time limit; a limit that is no length of time is refused, and the lease stays.",
    source: "CallOptions.timeoutMs",
    async check(scene) {
      const leaseMs = LEASE_TICKS * scene.time.tickMs;
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      for (const timeoutMs of BAD_LIMITS) {
        const settlements = [settlementOf(delivery, { action: "ack" })];
        await assertRejects(scene.consumer.settle(settlements, { timeoutMs }), "invalid_config");
        await assertRejects(scene.consumer.extend([delivery], leaseMs, { timeoutMs }), "invalid_config");
      }
      const timeoutMs = GENEROUS_MS;
      const [extended] = await scene.consumer.extend([delivery], leaseMs, { timeoutMs });
      assert.equal(extended?.status, "extended");
      const [settled] = await scene.consumer.settle([{ delivery, action: "ack" }], { timeoutMs });
      assert.equal(settled?.status, "settled");
    },
  },
  {
    id: "T15",
    rule: "An ack may contain the job's value; the message is done as after any ack.",
    source: "Settlement ack, Capabilities.keepsFinished",
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      assert.equal(await scene.settle(delivery, { action: "ack", value: '{"sum":7}' }), "settled");
      await scene.passLease();
      await scene.expectNothing("it is done");
    },
  },
  {
    id: "T16",
    rule: "A note about a running job does not change its lease, and is no error after the end of the lease.",
    source: "BrokerConsumer.note",
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      await scene.consumer.note?.(delivery, { progress: '{"done":3}' });
      await scene.consumer.note?.(delivery, { line: "half of it is done" });
      await scene.expectNothing("it is still leased");
      assert.equal(await scene.settle(delivery, { action: "ack" }), "settled");
      await scene.consumer.note?.(delivery, { line: "too late" });
      await scene.passLease();
      await scene.expectNothing("it is done");
    },
  },
];
