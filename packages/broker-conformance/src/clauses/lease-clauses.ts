import assert from "node:assert/strict";
import type { Capabilities, Delivery, SettlementAction } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { LEASE_TICKS, names, settlementOf } from "../harness/scene.ts";
import { unlessFencing, unlessLateHolder } from "./conditions.ts";

/** Chapter L. */
export const leaseClauses: readonly Clause[] = [
  {
    id: "L1",
    rule: "A leased message is not delivered again while its lease lasts.",
    source: "guarantee: at most one valid lease",
    async check(scene) {
      const other = await scene.anotherProcess();
      await scene.send(["job"]);
      await scene.takeOne();
      await scene.expectNothing("it is leased");
      await scene.pass(LEASE_TICKS - 2);
      await scene.expectNothing("it is still leased");
      await other.expectNothing("it is leased by another process");
    },
  },
  {
    id: "L2",
    rule: "After the end of its lease a message is delivered again within recoveryMs: one more delivery and one crash.",
    source: "Capabilities.recoveryMs, Delivery.crashCount",
    async check(scene) {
      const other = await scene.anotherProcess();
      await scene.send(["job"]);
      const first = await scene.takeOne();
      await scene.passLease();
      const second = await other.takeOne();
      assert.equal(second.messageId, first.messageId);
      assert.equal(second.body, first.body);
      if (scene.capabilities.deliveryCount === "exact") assert.equal(second.deliveryCount, 2);
      assert(second.deliveryCount >= 2, "at least two deliveries");
      assert.equal(second.crashCount, scene.capabilities.crashCount === "exact" ? 1 : null);
      assert.equal(second.failureCount, scene.capabilities.failureCount === "exact" ? 0 : null);
    },
  },
  {
    id: "L3",
    rule: "Every lease has a new receipt that was never used before.",
    source: "Delivery.receipt",
    async check(scene) {
      await scene.send(["one", "two"]);
      const receipts: string[] = [];
      for (let round = 0; round < 3; round++) {
        const taken = await scene.take(2);
        receipts.push(...taken.map(({ receipt }) => receipt));
        for (const delivery of taken) await scene.settle(delivery, { action: "release" });
      }
      await scene.take(2);
      await scene.passLease();
      receipts.push(...(await scene.take(2)).map(({ receipt }) => receipt));
      assert.equal(new Set(receipts).size, 8);
    },
  },
  {
    id: "L4",
    rule: "After its end a lease can still be settled until the message is taken again, and that is no crash.",
    source: "fault F31",
    unless: unlessLateHolder,
    async check(scene) {
      const actions: readonly SettlementAction[] = [
        { action: "ack" },
        ...deadWhereKept(scene.capabilities),
        { action: "release" },
        { action: "retry", delayMs: 0, failed: false },
      ];
      await scene.send(names("job", actions.length));
      const taken = await scene.take(actions.length);
      await scene.passLease();
      await scene.queue.stats();
      const settlements = taken.map((delivery, index) => settlementOf(delivery, actions[index]!));
      const results = await scene.consumer.settle(settlements);
      assert.deepEqual(
        results.map(({ status }) => status),
        actions.map(() => "settled"),
      );
      for (const again of await scene.take(2)) {
        assert.equal(again.crashCount, scene.capabilities.crashCount === "exact" ? 0 : null);
        assert.equal(await scene.ack(again), "settled");
      }
      await scene.expectNothing("the others are done and dead");
      const [late] = taken;
      assert.equal(await scene.ack(late!), "lost", "it settles once");
    },
  },
  {
    id: "L5",
    rule: "When a message was taken again, its old lease settles nothing: the new holder keeps the message.",
    source: "Capabilities.fencing, fault F06",
    unless: unlessFencing,
    async check(scene) {
      const other = await scene.anotherProcess();
      await scene.send(["job"]);
      const stale = await scene.takeOne();
      await scene.passLease();
      const current = await other.takeOne();
      assert.equal(await scene.ack(stale), "lost");
      assert.equal(await scene.settle(stale, { action: "release" }), "lost");
      assert.equal(await scene.settle(stale, { action: "retry", delayMs: 0, failed: true }), "lost");
      for (const dead of deadWhereKept(scene.capabilities))
        assert.equal(await scene.settle(stale, dead), "lost");
      const [extended] = await scene.consumer.extend([stale], scene.time.tickMs);
      assert.equal(extended?.status, "lost");
      await scene.expectNothing("its new holder has it");
      assert.equal(await other.ack(current), "settled");
    },
  },
  {
    id: "L6",
    rule: "An extended lease ends leaseMs after the extension, not at its old end.",
    source: "BrokerConsumer.extend",
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      await scene.pass(LEASE_TICKS - 2);
      const before = scene.time.clock.monotonic();
      const [result] = await scene.consumer.extend([delivery], LEASE_TICKS * scene.time.tickMs);
      const after = scene.time.clock.monotonic();
      assert.equal(result?.status, "extended");
      const leaseUntil = result?.status === "extended" ? result.leaseUntil : Number.NaN;
      assert(
        leaseUntil > before && leaseUntil <= after + LEASE_TICKS * scene.time.tickMs,
        "the answer tells the new end",
      );
      await scene.pass(4);
      await scene.expectNothing("the old end has passed, the new one has not");
      assert.equal(await scene.ack(delivery), "settled");
    },
  },
  {
    id: "L7",
    rule: "An extended lease ends leaseMs after the extension, not later.",
    source: "BrokerConsumer.extend",
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      await scene.pass(1);
      await scene.consumer.extend([delivery], 2 * scene.time.tickMs);
      await scene.passLease(2);
      assert.equal((await scene.takeOne()).messageId, delivery.messageId, "shortened by the extension");
    },
  },
  {
    id: "L8",
    rule: "Result i of an extend answers delivery i, and a lost lease does not affect the others.",
    source: "BrokerConsumer.extend",
    async check(scene) {
      assert.deepEqual(await scene.consumer.extend([], scene.time.tickMs), []);
      await scene.send(["done", "held", "held-too"]);
      const taken = await scene.take(3);
      await scene.ack(taken[1]!);
      const results = await scene.consumer.extend(taken, 2 * LEASE_TICKS * scene.time.tickMs);
      assert.deepEqual(
        results.map(({ status }) => status),
        ["extended", "lost", "extended"],
      );
      await scene.pass(LEASE_TICKS + 2);
      await scene.expectNothing("both were extended");
    },
  },
  {
    id: "L9",
    rule: "An extension after the end of the lease renews it until the message is taken again, and that is no crash.",
    source: "fault F31",
    unless: unlessLateHolder,
    async check(scene) {
      const other = await scene.anotherProcess();
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      await scene.passLease();
      await scene.queue.stats();
      const [result] = await scene.consumer.extend([delivery], LEASE_TICKS * scene.time.tickMs);
      assert.equal(result?.status, "extended");
      await scene.pass(LEASE_TICKS - 2);
      await other.expectNothing("it is leased again");
      await scene.expectNothing("also for its holder");
      assert.equal(await scene.settle(delivery, { action: "release" }), "settled");
      const again = await other.takeOne();
      assert.equal(again.crashCount, scene.capabilities.crashCount === "exact" ? 0 : null);
    },
  },
  {
    id: "L10",
    rule: "A lease can be extended again and again.",
    source: "fault F30",
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      for (let round = 0; round < 4; round++) {
        await scene.pass(LEASE_TICKS / 2);
        const [result] = await scene.consumer.extend([delivery], LEASE_TICKS * scene.time.tickMs);
        assert.equal(result?.status, "extended");
        await scene.expectNothing("the lease lasts");
      }
      assert.equal(await scene.ack(delivery), "settled");
    },
  },
  {
    id: "L11",
    rule: "`openConsumer` and `extend` refuse a lease that is no length of time, or longer than declared.",
    source: "Capabilities.lease",
    async check(scene) {
      const { maxMs } = scene.capabilities.lease;
      const open = (leaseMs: number) => scene.broker.openConsumer(scene.queue.name, { leaseMs });
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      for (const leaseMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
        await assertRejects(open(leaseMs), "invalid_config");
        await assertRejects(scene.consumer.extend([delivery], leaseMs), "invalid_config");
      }
      if (!Number.isFinite(maxMs)) return;
      await assertRejects(open(maxMs + 1000), { unsupported: "lease" });
      await assertRejects(scene.consumer.extend([delivery], maxMs + 1000), { unsupported: "lease" });
    },
  },
  {
    id: "L12",
    rule: "Closing a consumer releases nothing: its leases last until they expire.",
    source: "BrokerConsumer.close",
    async check(scene) {
      const other = await scene.anotherProcess();
      await scene.send(["job"]);
      await scene.takeOne();
      await scene.consumer.close();
      await other.expectNothing("the lease lasts");
      await scene.passLease();
      await other.takeOne();
    },
  },
  {
    id: "L13",
    rule: "A holder that settles or extends after the message was taken again has not crashed: its crash is subtracted, once.",
    source: "Delivery.crashCount, fault F31",
    unless: unlessLateHolder,
    async check(scene) {
      const other = await scene.anotherProcess();
      const crashes = (n: number) => (scene.capabilities.crashCount === "exact" ? [n, n] : [null, null]);
      await scene.send(["acked", "extended"]);
      await other.take(2);
      await scene.passLease();
      const [acked, extended] = await scene.take(2);
      await scene.passLease();
      const taken = await other.take(2);
      assert.deepEqual(
        taken.map(({ crashCount }) => crashCount),
        crashes(2),
      );
      for (let times = 0; times < 2; times++) {
        assert.equal(await scene.ack(acked!), "lost");
        const [result] = await scene.consumer.extend([extended!], scene.time.tickMs);
        assert.equal(result?.status, "lost");
      }
      for (const delivery of taken) await other.settle(delivery, { action: "release" });
      assert.deepEqual(
        (await scene.take(2)).map(({ crashCount }) => crashCount),
        crashes(1),
      );
    },
  },
  {
    id: "L14",
    rule: "An extension just before or after a retry does not change when the message is due.",
    source: "fault F26",
    async check(scene) {
      await scene.send(["before", "after"]);
      const [before, after] = (await scene.take(2)) as [Delivery, Delivery];
      const shortMs = 2 * scene.time.tickMs;
      const retry = (delivery: Delivery) =>
        scene.settle(delivery, {
          action: "retry",
          delayMs: 2 * LEASE_TICKS * scene.time.tickMs,
          failed: true,
        });
      const extendings = [scene.consumer.extend([before], shortMs)];
      const retryings = [retry(before), retry(after)];
      extendings.push(scene.consumer.extend([after], shortMs));
      assert.deepEqual(await Promise.all(retryings), ["settled", "settled"]);
      await Promise.all(extendings);
      await scene.passLease(LEASE_TICKS);
      await scene.expectNothing("both are delayed");
      await scene.passLease(LEASE_TICKS);
      assert.equal((await scene.take(2)).length, 2, "their delay is over");
    },
  },
];

/** The settlement as dead, if the queue keeps dead letters. Other queues refuse it before they look at the lease. */
function deadWhereKept({ deadLetter }: Capabilities): readonly SettlementAction[] {
  return deadLetter === false ? [] : [{ action: "dead", reason: "fatal" }];
}
