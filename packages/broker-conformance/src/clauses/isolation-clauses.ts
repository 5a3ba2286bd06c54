import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import { message, nameOf } from "../harness/scene.ts";
import { unlessFencing } from "./conditions.ts";

/** Suffixes that a careless prefix, pattern or letter case would mix up. */
const LOOKALIKES = ["main-", "main-a", "main_a", "mainXa", "MAIN", "mai"];

/** Chapter Q. */
export const isolationClauses: readonly Clause[] = [
  {
    id: "Q1",
    rule: "A message is received from the queue it was sent to and from no other.",
    source: "requirement W18",
    async check(scene) {
      const other = await scene.anotherQueue("other");
      await scene.send(["mine"]);
      await other.send(["theirs"]);
      assert.equal(nameOf(await scene.takeOne()), "mine");
      await scene.expectNothing("the rest is elsewhere");
      assert.equal(nameOf(await other.takeOne()), "theirs");
    },
  },
  {
    id: "Q2",
    rule: "Queues with similar names are separate: with the same beginning, pattern, or letters in another case.",
    source: "requirement W18, fault F64",
    async check(scene) {
      await scene.send(["main"]);
      for (const suffix of LOOKALIKES) {
        const other = await scene.anotherQueue(suffix);
        await other.expectNothing(`${suffix} is another queue`);
        await other.send([suffix]);
        assert.deepEqual((await other.take(1)).map(nameOf), [suffix]);
      }
      assert.deepEqual((await scene.take(1)).map(nameOf), ["main"]);
      await scene.expectNothing("the others are elsewhere");
    },
  },
  {
    id: "Q3",
    rule: "The same id in two queues makes two messages, also on a broker that dedupes.",
    source: "OutgoingMessage.id",
    async check(scene) {
      const other = await scene.anotherQueue("other");
      await scene.send(["job"]);
      await other.send(["job"]);
      const mine = await scene.takeOne();
      const theirs = await other.takeOne();
      assert.equal(await scene.ack(mine), "settled");
      assert.equal(await other.settle(theirs, { action: "release" }), "settled");
      await other.takeOne();
    },
  },
  {
    id: "Q4",
    rule: "A receipt of one queue settles nothing in another.",
    source: "Capabilities.fencing",
    unless: unlessFencing,
    async check(scene) {
      const other = await scene.anotherQueue("other");
      await scene.send(["job"]);
      await other.send(["job"]);
      const mine = await scene.takeOne();
      const theirs = await other.takeOne();
      assert.notEqual(await other.ack(mine), "settled");
      assert.equal(await other.ack(theirs), "settled", "its own receipt does");
      assert.equal(await scene.ack(mine), "settled");
    },
  },
  {
    id: "Q5",
    rule: "Pause, purge and redrive of one queue change no other queue.",
    source: "requirement W18",
    async check(scene) {
      const other = await scene.anotherQueue("other");
      const { pause, purge, redrive, deadLetter } = scene.capabilities;
      const hasDead = redrive && deadLetter !== false;
      if (hasDead) {
        await other.send(["dead"]);
        await other.settle(await other.takeOne(), { action: "dead", reason: "fatal" });
      }
      await other.send(["theirs"]);
      if (purge !== false) await scene.queue.purge();
      if (pause) await scene.queue.pause();
      if (hasDead) assert.deepEqual(await scene.queue.redrive({ limit: 10 }), { moved: 0 });
      assert.equal((await other.queue.stats()).isPaused, false);
      assert.equal(nameOf(await other.takeOne()), "theirs");
      await other.expectNothing("the dead letter stays dead");
      assert.equal((await other.queue.send([message("more")]))[0]?.status, "sent");
    },
  },
];
