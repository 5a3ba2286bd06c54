import assert from "node:assert/strict";
import type { Delivery } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { LEASE_TICKS } from "../harness/scene.ts";
import { unlessLateHolder } from "./conditions.ts";

/** Chapter L, extensions of leases. */
export const extensionClauses: readonly Clause[] = [
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
