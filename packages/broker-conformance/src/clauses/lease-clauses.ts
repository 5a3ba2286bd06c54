import assert from "node:assert/strict";
import type { Capabilities, SettlementAction } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { LEASE_TICKS, names, settlementOf } from "../harness/scene.ts";
import { unlessFencing, unlessLateHolder } from "./conditions.ts";

/** How many consumers follow each other, each for a quarter of recoveryMs: twice recoveryMs in all. */
const SHORT_LIVES = 8;

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
    id: "L15",
    rule: "A message of a dead consumer comes back, though no other consumer lives as long as recoveryMs.",
    source: "Capabilities.recoveryMs, fault F01",
    async check(scene) {
      await scene.send(["job"]);
      const { messageId } = await scene.takeOne();
      await scene.consumer.close();
      await scene.time.pass(
        LEASE_TICKS * scene.time.tickMs + scene.capabilities.resolutionMs + scene.time.slackMs,
      );
      for (let round = 0; round < SHORT_LIVES; round++) {
        const other = await scene.anotherProcess();
        const [again] = await other.receive();
        await scene.time.pass(scene.capabilities.recoveryMs / 4);
        await other.broker.close();
        if (again !== undefined) return assert.equal(again.messageId, messageId);
      }
      assert.fail("the message came back to none of the consumers");
    },
  },
];

/** The settlement as dead, if the queue keeps dead letters. Other queues refuse it before they look at the lease. */
function deadWhereKept({ deadLetter }: Capabilities): readonly SettlementAction[] {
  return deadLetter === false ? [] : [{ action: "dead", reason: "fatal" }];
}
