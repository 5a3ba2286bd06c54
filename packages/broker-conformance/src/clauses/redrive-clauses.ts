import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { message, nameOf, names } from "../harness/scene.ts";
import { both, unlessPeek, unlessRedrive } from "./conditions.ts";
import { deadLetter } from "./dead-letter-clauses.ts";

/** Chapter X: what a redrive brings back. */
export const redriveClauses: readonly Clause[] = [
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
    unless: both(unlessRedrive, unlessPeek),
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
      const [delivery] = await scene.woken(waiting);
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
      const received = await scene.woken(waiting);
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
    id: "X12",
    rule: "A redrive by ids stores new bodies in the same step. The id and the other bodies stay.",
    source: "RedriveOptions.bodies",
    unless: unlessRedrive,
    async check(scene) {
      const ids = await scene.send(names("job", 3));
      await deadLetter(scene, 3);
      const [changed, , kept] = ids as readonly [string, string, string];
      const body = message("another").body;
      const bodies = new Map([[changed, body]]);
      assert.deepEqual(await scene.queue.redrive({ limit: 3, ids: [changed, kept], bodies }), { moved: 2 });
      const taken = await scene.take(2);
      assert.deepEqual(taken.map(nameOf).sort(), ["another", "job-2"]);
      const named = taken.find((delivery) => nameOf(delivery) === "another");
      assert.equal(named?.messageId, changed);
      assert.equal(named?.body, body);
      await scene.expectNothing("the one that was not named stays dead");
      await assertRejects(scene.queue.redrive({ limit: 1, bodies }), "invalid_config");
    },
  },
];
