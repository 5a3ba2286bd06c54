import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import type { OpenTransaction } from "../harness/broker-harness.ts";
import { assertRejects } from "../harness/refusal.ts";
import { message, nameOf, type Scene } from "../harness/scene.ts";
import { unlessTransactions } from "./conditions.ts";

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

/** Chapter B. */
export const transactionClauses: readonly Clause[] = [
  {
    id: "B1",
    rule: "A message sent with a transaction is in no count before the commit, and is delivered after it, also to a receive that waits.",
    source: "SendOptions.transaction",
    unless: unlessTransactions,
    async check(scene) {
      await scene.send(["first"]);
      await scene.ack(await scene.takeOne());
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
      await scene.send(["first"]);
      await scene.ack(await scene.takeOne());
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
        if (dedupe === "while-stored") assert.equal(twin, "duplicate");
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
      await scene.send(["first"]);
      await scene.ack(await scene.takeOne());
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
];
