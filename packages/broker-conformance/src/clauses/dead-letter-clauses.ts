import assert from "node:assert/strict";
import type { DeadReason, SerializedError, StoredMessage } from "@jobs/core/broker";
import type { Clause, Condition } from "../clause.ts";
import { nameOf, type Scene } from "../harness/scene.ts";
import { unlessDeadLetter, unlessPeekDead } from "./conditions.ts";

const ERROR: SerializedError = {
  name: "TypeError",
  message: "no such user: ü",
  stack: "TypeError: …\n    at run",
  attempt: 5,
};

/** More crashes than any default limit. */
const MANY_CRASHES = 12;

/** An unused lease, in ticks. It is short because many of them end one after the other. */
const BRIEF_TICKS = 1;

/** Takes `count` messages and makes dead letters of them. */
export async function deadLetter(
  scene: Scene,
  count: number,
  reason: DeadReason = "exhausted",
): Promise<void> {
  for (const delivery of await scene.take(count)) {
    assert.equal(await scene.settle(delivery, { action: "dead", reason, error: ERROR }), "settled");
  }
}

async function deadLetters(scene: Scene): Promise<readonly StoredMessage[]> {
  return (await scene.queue.peek({ state: "dead", limit: 100 })).messages;
}

const unlessOwnLimit: Condition = {
  capability: "maxDeliveries",
  isMissing: ({ maxDeliveries }) => maxDeliveries === null,
  rule: "The broker itself never sets a message aside, however often its workers crash.",
  async check(scene) {
    const brief = await scene.anotherProcess(BRIEF_TICKS);
    await scene.send(["job"]);
    for (let crash = 0; crash < MANY_CRASHES; crash++) {
      await brief.takeOne();
      await scene.passLease(BRIEF_TICKS);
    }
    const delivery = await scene.takeOne();
    assert(delivery.crashCount === null || delivery.crashCount === MANY_CRASHES, "each crash was counted");
  },
};

/** Chapter X: what a dead letter keeps, and how a broker itself makes one. */
export const deadLetterClauses: readonly Clause[] = [
  {
    id: "X1",
    rule: "A dead letter keeps its body, label, counters, reason and error; its last failure is counted.",
    source: "StoredMessage.dead",
    unless: unlessPeekDead,
    async check(scene) {
      const before = scene.time.clock.now();
      await scene.send(["job"]);
      await deadLetter(scene, 1, "fatal");
      const [dead] = await deadLetters(scene);
      assert(dead?.dead, "it is found among the dead");
      assert.equal(nameOf(dead), "job");
      assert.equal(dead.label, "conformance");
      assert.equal(dead.deliveryCount, 1);
      if (scene.capabilities.failureCount === "exact") assert.equal(dead.failureCount, 1);
      assert.equal(dead.dead.reason, "fatal");
      assert.deepEqual(dead.dead.error, ERROR);
      assert(Math.abs(dead.dead.at - before) <= 10 * scene.time.tickMs, "when it died, in wall time");
    },
  },
  {
    id: "X2",
    rule: "A dead letter without an error still has a reason.",
    source: "StoredMessage.dead",
    unless: unlessPeekDead,
    async check(scene) {
      await scene.send(["job"]);
      await scene.settle(await scene.takeOne(), { action: "dead", reason: "undecodable" });
      const [dead] = await deadLetters(scene);
      assert.equal(dead?.dead?.reason, "undecodable");
      assert.equal(dead?.dead?.error, undefined);
    },
  },
  {
    id: "X10",
    rule: "The broker itself sets a message aside after maxDeliveries deliveries.",
    source: "Capabilities.maxDeliveries",
    unless: unlessOwnLimit,
    async check(scene) {
      const brief = await scene.anotherProcess(BRIEF_TICKS);
      await scene.send(["job"]);
      for (let delivery = 0; delivery < (scene.capabilities.maxDeliveries ?? 0); delivery++) {
        await brief.takeOne();
        await scene.passLease(BRIEF_TICKS);
      }
      await scene.expectNothing("it has been delivered often enough");
      if (!scene.capabilities.redrive) return;
      assert.deepEqual(await scene.queue.redrive({ limit: 1 }), { moved: 1 });
      await scene.takeOne();
    },
  },
  {
    id: "X11",
    rule: "A stored message that cannot be read does not affect others. It is delivered or becomes a dead letter, and does not stay.",
    source: "fault F50",
    unless: unlessDeadLetter,
    async check(scene) {
      const { corrupt } = scene.harness;
      if (corrupt === null) return;
      const [broken] = await scene.send(["broken"]);
      await scene.send(["good"]);
      await corrupt(scene.queue.name, broken!);
      const bodies: string[] = [];
      for (let round = 0; round < 4; round++) {
        for (const delivery of await scene.receive(10)) {
          bodies.push(delivery.body);
          await scene.ack(delivery);
        }
      }
      assert(bodies.includes(JSON.stringify({ name: "good" })), "the good message was delivered");
      const { ready, leased, dead } = await scene.queue.stats();
      assert.equal((ready.n ?? 0) + (leased.n ?? 0), 0, "nothing is stuck");
      assert.equal(
        bodies.length + (dead.n ?? 2 - bodies.length),
        2,
        "the broken one was delivered or is dead",
      );
    },
  },
];
