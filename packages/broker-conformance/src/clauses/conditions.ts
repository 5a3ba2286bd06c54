import assert from "node:assert/strict";
import type { Condition } from "../clause.ts";
import { assertRefused, assertRejects } from "../harness/refusal.ts";
import { message } from "../harness/scene.ts";

/** Without priority: a message that asks for one is refused. */
export const unlessPriority: Condition = {
  capability: "priority",
  isMissing: ({ priority }) => priority === false,
  rule: "A message with a priority is refused, one with priority 0 is not.",
  async check({ queue }) {
    const [refused, sent] = await queue.send([
      { ...message("urgent"), priority: 5 },
      { ...message("normal"), priority: 0 },
    ]);
    assertRefused(refused, { unsupported: "priority" });
    assert.equal(sent?.status, "sent", "priority 0 is what every message has");
  },
};

/** Without an order: everything arrives, in any order. */
export const unlessFifo: Condition = {
  capability: "order",
  isMissing: ({ order }) => order !== "fifo",
  rule: "Messages arrive in any order, but all of them.",
  async check(scene) {
    const sent = await scene.send(["first", "second", "third"]);
    const taken = await scene.take(3);
    assert.deepEqual(taken.map(({ messageId }) => messageId).sort(), [...sent].sort(), "all have arrived");
  },
};

/** Without groups: a message that asks for one is refused. */
export const unlessGroups: Condition = {
  capability: "groups",
  isMissing: ({ groups }) => groups === false,
  rule: "A message with a group is refused.",
  async check({ queue }) {
    const [result] = await queue.send([{ ...message("grouped"), groupKey: "tenant-1" }]);
    assertRefused(result, { unsupported: "groups" });
  },
};

/** Without delays: a message that asks for one is refused. */
export const unlessDelay: Condition = {
  capability: "delay",
  isMissing: ({ delay }) => delay === false,
  rule: "A delayed message is refused, one with delay 0 is not.",
  async check({ queue, time }) {
    const [refused, sent] = await queue.send([
      { ...message("later"), delayMs: time.tickMs },
      { ...message("now"), delayMs: 0 },
    ]);
    assertRefused(refused, { unsupported: "delay" });
    assert.equal(sent?.status, "sent", "delay 0 is no delay");
  },
};

/** Without dedupe: a second message with the same id is a separate message. */
export const unlessDedupe: Condition = {
  capability: "dedupe",
  isMissing: ({ dedupe }) => dedupe === false,
  rule: "Two messages with the same id are separate, and each is settled separately.",
  async check(scene) {
    await scene.send(["twin"]);
    await scene.send(["twin"]);
    const [one, other] = await scene.take(2);
    assert.notEqual(one!.receipt, other!.receipt, "two leases");
    assert.equal(await scene.ack(one!), "settled");
    assert.equal(await scene.settle(other!, { action: "release" }), "settled");
    await scene.ack(await scene.takeOne());
    await scene.expectNothing("both are done");
  },
};

/** Without fencing: a stale settlement gets a normal answer. The message is still not lost unless it was acked. */
export const unlessFencing: Condition = {
  capability: "fencing",
  isMissing: ({ fencing }) => fencing === false,
  rule: "Each stale settlement gets a result, and a stale retry never loses the message.",
  async check(scene) {
    await scene.send(["job"]);
    const stale = await scene.takeOne();
    await scene.passLease();
    await scene.takeOne();
    const results = await scene.consumer.settle([
      { delivery: stale, action: "retry", delayMs: 0, failed: false },
    ]);
    assert.equal(results.length, 1, "one result for one settlement");
    await scene.passLease();
    await scene.takeOne();
  },
};

/** If a receipt is stale at the end of its lease: the holder is too late, and the message is delivered again. */
export const unlessLateHolder: Condition = {
  capability: "fencing: next-lease",
  isMissing: ({ fencing }) => fencing !== "next-lease",
  rule: "A settlement and an extension after the end of the lease are lost, and the message is delivered again.",
  async check(scene) {
    if (scene.capabilities.fencing === false) return unlessFencing.check(scene);
    await scene.send(["acked", "released", "extended"]);
    const taken = await scene.take(3);
    await scene.passLease();
    const [acked, released, extended] = taken;
    assert.equal(await scene.ack(acked!), "lost");
    assert.equal(await scene.settle(released!, { action: "release" }), "lost");
    const [result] = await scene.consumer.extend([extended!], scene.time.tickMs);
    assert.equal(result?.status, "lost");
    const again = await scene.take(3);
    assert.deepEqual(
      again.map(({ crashCount }) => crashCount),
      again.map(() => (scene.capabilities.crashCount === "exact" ? 1 : null)),
      "each lease that ended is a crash",
    );
  },
};

/** Without dead letters: a settlement as dead is refused, and the job stays with its worker. */
export const unlessDeadLetter: Condition = {
  capability: "deadLetter",
  isMissing: ({ deadLetter }) => deadLetter === false,
  rule: "A settlement as dead is refused, and the lease stays.",
  async check(scene) {
    await scene.send(["job"]);
    const delivery = await scene.takeOne();
    const [result] = await scene.consumer.settle([{ delivery, action: "dead", reason: "fatal" }]);
    assertRefused(result, { unsupported: "deadLetter" });
    assert.equal(await scene.ack(delivery), "settled", "the worker still holds the lease");
  },
};

/** Without kept jobs: peek of finished ones is refused. */
export const unlessKeepsFinished: Condition = {
  capability: "keepsFinished",
  isMissing: ({ keepsFinished }) => !keepsFinished,
  rule: "Peek of finished jobs is refused.",
  async check({ queue, capabilities }) {
    if (capabilities.peek === true)
      await assertRejects(queue.peek({ state: "succeeded", limit: 1 }), { unsupported: "peek" });
  },
};

/** Without peek of all states, or without dead letters. A broker without peek refuses it. */
export const unlessPeek: Condition = {
  capability: "peek",
  isMissing: ({ peek, deadLetter }) => peek !== true || deadLetter === false,
  rule: "Peek is refused where it is not declared.",
  async check({ queue, capabilities }) {
    if (capabilities.peek !== true)
      await assertRejects(queue.peek({ state: "ready", limit: 1 }), { unsupported: "peek" });
  },
};

/** Without peek of dead letters, or without dead letters. */
export const unlessPeekDead: Condition = {
  capability: "peek of dead letters",
  isMissing: ({ peek, deadLetter }) => peek === false || deadLetter === false,
  rule: "Peek is refused where it is not declared.",
  async check({ queue, capabilities }) {
    if (capabilities.peek === false)
      await assertRejects(queue.peek({ state: "dead", limit: 1 }), { unsupported: "peek" });
  },
};

/** Without remove: removing is refused, and nothing is removed. */
export const unlessRemove: Condition = {
  capability: "remove",
  isMissing: ({ remove }) => !remove,
  rule: "Remove is refused, and nothing is removed.",
  async check(scene) {
    const ids = await scene.send(["kept"]);
    await assertRejects(scene.queue.remove(ids), { unsupported: "remove" });
    await scene.takeOne();
  },
};

/** Without pause: pausing and resuming are refused, and deliveries continue. */
export const unlessPause: Condition = {
  capability: "pause",
  isMissing: ({ pause }) => !pause,
  rule: "Pause and resume are refused, and deliveries continue.",
  async check(scene) {
    await scene.send(["job"]);
    await assertRejects(scene.queue.pause(), { unsupported: "pause" });
    await assertRejects(scene.queue.resume(), { unsupported: "pause" });
    await scene.takeOne();
  },
};

/** Without purge: purging is refused, and nothing is removed. */
export const unlessPurge: Condition = {
  capability: "purge",
  isMissing: ({ purge }) => purge === false,
  rule: "Purge is refused, and nothing is removed.",
  async check(scene) {
    await scene.send(["kept"]);
    await assertRejects(scene.queue.purge(), { unsupported: "purge" });
    await scene.takeOne();
  },
};

/** Without redrive, or without dead letters that could be redriven. */
export const unlessRedrive: Condition = {
  capability: "redrive",
  isMissing: ({ redrive, deadLetter }) => !redrive || deadLetter === false,
  rule: "Redrive is refused where it is not declared.",
  async check({ queue, capabilities }) {
    if (!capabilities.redrive) await assertRejects(queue.redrive({ limit: 1 }), { unsupported: "redrive" });
  },
};

/** Without one of two capabilities: what a broker does that lacks the first, or else the second. */
export function both(first: Condition, second: Condition): Condition {
  return {
    ...first,
    isMissing: (capabilities) => first.isMissing(capabilities) || second.isMissing(capabilities),
    check: (scene) => (first.isMissing(scene.capabilities) ? first : second).check(scene),
  };
}

/** Without transactions: sending with one is refused, and nothing is stored. */
export const unlessTransactions: Condition = {
  capability: "transactions",
  isMissing: ({ transactions }) => !transactions,
  rule: "A send with a transaction of the caller is refused, and nothing is stored.",
  async check(scene) {
    const sent = scene.queue.send([message("job")], { transaction: {} });
    await assertRejects(sent, { unsupported: "transactions" });
    await scene.expectNothing("it was refused");
  },
};
