import assert from "node:assert/strict";
import type { DeadReason, SerializedError, StoredMessage } from "@jobs/core/broker";
import type { Clause, Condition } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { nameOf, names, type Scene } from "../harness/scene.ts";
import { unlessDeadLetter, unlessPeek, unlessPeekDead, unlessRedrive } from "./conditions.ts";

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

async function deadLetter(scene: Scene, count: number, reason: DeadReason = "exhausted"): Promise<void> {
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

/** Chapter X. */
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
    id: "X3",
    rule: "A redriven dead letter is ready at once and keeps its body; its counters start at zero.",
    source: "BrokerQueue.redrive",
    unless: unlessRedrive,
    async check(scene) {
      await scene.send(["job"]);
      await scene.settle(await scene.takeOne(), { action: "retry", delayMs: 0, failed: true });
      await scene.takeOne();
      await scene.passLease();
      await deadLetter(scene, 1);
      assert.deepEqual(await scene.queue.redrive({ limit: 10 }), { moved: 1 });
      const delivery = await scene.takeOne();
      assert.equal(nameOf(delivery), "job");
      assert.equal(delivery.deliveryCount, 1);
      assert.equal(delivery.failureCount, scene.capabilities.failureCount === "exact" ? 0 : null);
      assert.equal(delivery.crashCount, scene.capabilities.crashCount === "exact" ? 0 : null);
      assert.equal(await scene.ack(delivery), "settled");
      assert.deepEqual(await scene.harness.leftovers(), []);
    },
  },
  {
    id: "X4",
    rule: "A redrive keeps the id, and the message counts its redrives.",
    source: "StoredMessage.redrives",
    unless: {
      ...unlessRedrive,
      isMissing: (capabilities) =>
        unlessRedrive.isMissing(capabilities) || unlessPeek.isMissing(capabilities),
    },
    async check(scene) {
      const ids = await scene.send(["job"]);
      for (const redrives of [1, 2]) {
        await deadLetter(scene, 1);
        await scene.queue.redrive({ limit: 1 });
        const { messages } = await scene.queue.peek({ state: "ready", limit: 5 });
        assert.deepEqual(
          messages.map(({ messageId }) => messageId),
          ids,
        );
        assert.equal(messages[0]?.redrives, redrives);
        assert.equal(messages[0]?.dead, undefined, "it is dead no more");
      }
    },
  },
  {
    id: "X5",
    rule: "A redrive moves at most `limit` dead letters, the oldest first, and returns how many it has moved.",
    source: "RedriveOptions.limit",
    unless: unlessRedrive,
    async check(scene) {
      await scene.send(names("job", 4));
      await deadLetter(scene, 4);
      assert.deepEqual(await scene.queue.redrive({ limit: 0 }), { moved: 0 });
      await scene.expectNothing("none was to be moved");
      assert.deepEqual(await scene.queue.redrive({ limit: 3 }), { moved: 3 });
      const taken = (await scene.take(3)).map(nameOf);
      await scene.expectNothing("one is still dead");
      if (scene.capabilities.order === "fifo") assert.deepEqual(taken, names("job", 3));
      assert.deepEqual(await scene.queue.redrive({ limit: 3 }), { moved: 1 });
    },
  },
  {
    id: "X6",
    rule: "A redrive by ids moves only these, and only if they are dead.",
    source: "RedriveOptions.ids",
    unless: unlessRedrive,
    async check(scene) {
      const ids = await scene.send(names("job", 3));
      await deadLetter(scene, 3);
      const [alive] = await scene.send(["alive"]);
      const chosen = [ids[1]!, alive!, "unknown"];
      assert.deepEqual(await scene.queue.redrive({ limit: 10, ids: chosen }), { moved: 1 });
      assert.deepEqual((await scene.take(2)).map(nameOf).sort(), ["alive", "job-1"]);
      await scene.expectNothing("the others stay dead");
      assert.deepEqual(await scene.queue.redrive({ limit: 10, ids: [] }), { moved: 0 });
    },
  },
  {
    id: "X7",
    rule: "A redrive into another queue makes the messages ready there, and wakes receives that wait there.",
    source: "RedriveOptions.to",
    unless: unlessRedrive,
    async check(scene) {
      const other = await scene.anotherQueue("second");
      await scene.send(["job"]);
      await deadLetter(scene, 1);
      const waiting = other.wait(20);
      await scene.pass(1);
      assert.deepEqual(await scene.queue.redrive({ limit: 10, to: other.queue.name }), { moved: 1 });
      const [delivery] = await scene.time.within(
        waiting,
        2 * scene.time.tickMs + scene.capabilities.resolutionMs,
      );
      assert(delivery, "it has arrived");
      assert.equal(nameOf(delivery), "job");
      await scene.expectNothing("it is not in its old queue");
      assert.equal(await other.ack(delivery), "settled");
      assert.deepEqual(await scene.queue.redrive({ limit: 10 }), { moved: 0 });
    },
  },
  {
    id: "X8",
    rule: "A redrive wakes a receive that waits.",
    source: "BrokerConsumer.receive",
    unless: unlessRedrive,
    async check(scene) {
      await scene.send(["job"]);
      await deadLetter(scene, 1);
      const waiting = scene.wait(20);
      await scene.pass(1);
      await scene.queue.redrive({ limit: 1 });
      const received = await scene.time.within(
        waiting,
        2 * scene.time.tickMs + scene.capabilities.resolutionMs,
      );
      assert.deepEqual(received.map(nameOf), ["job"]);
    },
  },
  {
    id: "X9",
    rule: "A redrive is refused if its limit is not a whole number from 0, or if the name of its target is not valid.",
    source: "RedriveOptions",
    unless: unlessRedrive,
    async check(scene) {
      for (const limit of [-1, 1.5, Number.NaN])
        await assertRejects(scene.queue.redrive({ limit }), "invalid_config");
      await assertRejects(scene.queue.redrive({ limit: 1, to: "not usable" }), "invalid_config");
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
    rule: "A stored message that cannot be read does not affect others, and does not stay for ever: it is delivered or becomes a dead letter.",
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
