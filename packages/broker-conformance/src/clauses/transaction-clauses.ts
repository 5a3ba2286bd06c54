import assert from "node:assert/strict";
import type { Delivery } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import type { OpenTransaction } from "../harness/broker-harness.ts";
import { assertRejects } from "../harness/refusal.ts";
import { message, nameOf, type Scene } from "../harness/scene.ts";
import { both, unlessPeek, unlessTransactions } from "./conditions.ts";

/** Runs `work` with an open transaction, and rolls it back if `work` did not end it. */
async function within(scene: Scene, work: (transaction: OpenTransaction) => Promise<void>): Promise<void> {
  const { begin } = scene.harness;
  assert(begin !== undefined, "a harness with transactions can begin one");
  const { handle, commit, rollback } = await begin();
  let hasEnded = false;
  const once = (end: () => void | Promise<void>) => async () => {
    hasEnded = true;
    await end();
  };
  const transaction = { handle, commit: once(commit), rollback: once(rollback) };
  try {
    await work(transaction);
  } finally {
    if (!hasEnded) await rollback();
  }
}

async function arrived(scene: Scene): Promise<readonly (number | null)[]> {
  const { ready, delayed, entered } = await scene.queue.stats();
  return [ready.n, delayed.n, entered.n];
}

/** The first message makes the queue in the database, and it is done. So a later one changes nothing but the counts. */
async function useQueue(scene: Scene): Promise<void> {
  await scene.send(["first"]);
  await scene.ack(await scene.takeOne());
}

/** Chapter B. */
export const transactionClauses: readonly Clause[] = [
  {
    id: "B1",
    rule: "A message sent with a transaction is in no count before the commit, and is delivered after it, also to a receive that waits.",
    source: "SendOptions.transaction",
    unless: unlessTransactions,
    async check(scene) {
      await useQueue(scene);
      const before = await arrived(scene);
      const waiting = scene.wait(40);
      await within(scene, async ({ handle, commit }) => {
        const [result] = await scene.queue.send([message("job")], { transaction: handle });
        assert.deepEqual(result, { status: "sent", messageId: "job" });
        assert.deepEqual(await arrived(scene), before, "it is not committed");
        await commit();
      });
      const [delivery] = await scene.woken(waiting);
      assert(delivery !== undefined, "it was committed");
      assert.equal(nameOf(delivery), "job");
      assert.equal(delivery.deliveryCount, 1);
    },
  },
  {
    id: "B2",
    rule: "After a rollback there is no message, no count has changed, and its id is free.",
    source: "SendOptions.transaction",
    unless: unlessTransactions,
    async check(scene) {
      await useQueue(scene);
      const before = await arrived(scene);
      await within(scene, async ({ handle, rollback }) => {
        await scene.queue.send([message("job"), message("other")], { transaction: handle });
        await rollback();
      });
      assert.deepEqual(await arrived(scene), before);
      await scene.expectNothing("it was rolled back");
      const [again] = await scene.queue.send([message("job")]);
      assert.equal(again?.status, "sent");
      await scene.takeOne();
    },
  },
  {
    id: "B3",
    rule: "Delay, priority and dedupe are the same as in a send without a transaction.",
    source: "SendOptions.transaction",
    unless: unlessTransactions,
    async check(scene) {
      const { delay, priority, dedupe } = scene.capabilities;
      await scene.send(["stored"]);
      const delayMs = delay === false ? 0 : 5 * scene.time.tickMs;
      await within(scene, async ({ handle, commit }) => {
        const results = await scene.queue.send(
          [
            message("stored"),
            { ...message("later"), delayMs },
            { ...message("urgent"), priority: priority === false ? 0 : priority.levels - 1 },
          ],
          { transaction: handle },
        );
        const [twin, ...others] = results.map(({ status }) => status);
        const known = scene.harness.sendsAfterCommit ? "sent" : "duplicate";
        if (dedupe === "while-stored") assert.equal(twin, known);
        assert.deepEqual(others, ["sent", "sent"]);
        await commit();
      });
      if (delay === false || priority === false || dedupe !== "while-stored") return;
      const taken = [await scene.takeOne(), await scene.takeOne()].map(nameOf);
      assert.deepEqual(taken, ["urgent", "stored"]);
      await scene.expectNothing("the other is delayed");
      await scene.pass(6);
      assert.equal(nameOf(await scene.takeOne()), "later");
    },
  },
  {
    id: "B4",
    rule: "What is no open transaction of this database is refused, and nothing is stored.",
    source: "SendOptions.transaction",
    unless: unlessTransactions,
    async check(scene) {
      await useQueue(scene);
      const send = (transaction: object) => scene.queue.send([message("job")], { transaction });
      await assertRejects(send({}), "invalid_config");
      let ended: object = {};
      await within(scene, async ({ handle, commit }) => {
        ended = handle;
        await commit();
      });
      await assertRejects(send(ended), "invalid_config");
      await scene.expectNothing("nothing was stored");
    },
  },
  {
    id: "B5",
    rule: "Once a transaction has completed a leased message, it stays leased, and each later delivery carries its value.",
    source: "BrokerConsumer.complete",
    unless: unlessTransactions,
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      assert.equal(delivery.completed, undefined);
      await within(scene, async ({ handle, commit }) => {
        const answer = await scene.consumer.complete?.(delivery, '{"paid":1}', { transaction: handle });
        assert.equal(answer, "completed");
        await commit();
      });
      assert.equal(await scene.consumer.isCompleted?.(delivery), true);
      await scene.passLease();
      const again = await scene.takeOne();
      assert.equal(again.completed, '{"paid":1}');
      await scene.settle(again, { action: "retry", delayMs: 0, failed: true });
      const last = await scene.takeOne();
      assert.equal(last.completed, '{"paid":1}');
      assert.equal(await scene.ack(last), "settled");
      await scene.expectNothing("it is done");
    },
  },
  {
    id: "B6",
    rule: "After a rollback the message is not completed.",
    source: "BrokerConsumer.complete",
    unless: unlessTransactions,
    async check(scene) {
      await scene.send(["job"]);
      const delivery = await scene.takeOne();
      await within(scene, async ({ handle, rollback }) => {
        await scene.consumer.complete?.(delivery, "1", { transaction: handle });
        assert.equal(await scene.consumer.isCompleted?.(delivery), false, "it is not committed");
        await rollback();
      });
      assert.equal(await scene.consumer.isCompleted?.(delivery), false);
      await scene.settle(delivery, { action: "release" });
      assert.equal((await scene.takeOne()).completed, undefined);
    },
  },
  {
    id: "B7",
    rule: "Of two workers that hold a message one after the other, only one completes it.",
    source: "BrokerConsumer.complete",
    unless: unlessTransactions,
    async check(scene) {
      await scene.send(["job"]);
      const stale = await scene.takeOne();
      await scene.passLease();
      const current = await scene.takeOne();
      const first = await completeNow(scene, stale);
      if (first === "lost") assert.equal(await scene.consumer.isCompleted?.(current), false);
      const second = await completeNow(scene, current);
      assert.deepEqual([first, second].sort(), ["completed", "lost"]);
      assert.equal(await scene.consumer.isCompleted?.(current), true);
      assert.equal(await scene.ack(current), "settled");
    },
  },
  {
    id: "B8",
    rule: "Where messages are found by their ids, those of each state are, once committed, and no others.",
    source: "BrokerQueue.find",
    unless: both(unlessTransactions, unlessPeek),
    async check(scene) {
      const { queue } = scene;
      if (queue.find === undefined) return;
      assert.deepEqual(await queue.find(["ready"]), []);
      const ids = await scene.fillStates();
      const found = await queue.find([...ids.values(), "missing"]);
      const bodies = found.map(({ messageId, body }) => [messageId, nameOf({ body })]).sort();
      assert.deepEqual(bodies, [...ids].map(([name, id]) => [id, name]).sort());
      await within(scene, async ({ handle, commit }) => {
        await queue.send([message("late")], { transaction: handle });
        assert.deepEqual(await queue.find?.(["late"]), [], "it is not committed");
        await commit();
      });
      assert.equal((await queue.find(["late"])).length, 1);
    },
  },
  {
    id: "B9",
    rule: "Once another worker has acked a completed message, the first one is not told that it was not completed.",
    source: "BrokerConsumer.isCompleted",
    unless: unlessTransactions,
    async check(scene) {
      await scene.send(["job"]);
      const stale = await scene.takeOne();
      assert.equal(await completeNow(scene, stale), "completed");
      await scene.passLease();
      assert.equal(await scene.ack(await scene.takeOne()), "settled");
      const answer = scene.consumer.isCompleted?.(stale);
      const code = await answer?.catch((error: unknown) => (error as { readonly code?: unknown }).code);
      assert(code === true || code === "lease_lost", "the message is gone, or its mark is still there");
    },
  },
];

/** Completes a message with a transaction of its own, and commits it. */
async function completeNow(scene: Scene, delivery: Delivery): Promise<string | undefined> {
  let answer: string | undefined;
  await within(scene, async ({ handle, commit }) => {
    answer = await scene.consumer.complete?.(delivery, "1", { transaction: handle });
    await commit();
  });
  return answer;
}
