import assert from "node:assert/strict";
import type { MessageState } from "@jobs/core/broker";
import type { Clause, Condition } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { LEASE_TICKS, message, NEVER, nameOf, names, type Scene } from "../harness/scene.ts";
import {
  unlessDelay,
  unlessKeepsFinished,
  unlessPause,
  unlessPeek,
  unlessPurge,
  unlessRemove,
} from "./conditions.ts";

/** One message in each state, named after it. */
async function fillStates(scene: Scene): Promise<ReadonlyMap<MessageState, string>> {
  const ids = new Map<MessageState, string>();
  const sendAs = async (state: MessageState, delayMs?: number) => {
    const [id] = await scene.send([state], delayMs === undefined ? {} : { delayMs });
    ids.set(state, id!);
  };
  await sendAs("dead");
  await scene.settle(await scene.takeOne(), { action: "dead", reason: "fatal" });
  await sendAs("leased");
  await scene.takeOne();
  await sendAs("delayed", 50 * scene.time.tickMs);
  await sendAs("ready");
  return ids;
}

async function peekNames(scene: Scene, state: MessageState): Promise<readonly string[]> {
  return (await scene.queue.peek({ state, limit: 10 })).messages.map(nameOf);
}

/** Combines two conditions. A test of all states needs delays, dead letters and peek at the same time. */
const both = (first: Condition, second: Condition): Condition => ({
  ...first,
  isMissing: (capabilities) => first.isMissing(capabilities) || second.isMissing(capabilities),
  check: (scene) => (first.isMissing(scene.capabilities) ? first : second).check(scene),
});

/** Chapter A. */
export const adminClauses: readonly Clause[] = [
  {
    id: "A1",
    rule: "Peek shows the messages of each state, and neither leases nor counts.",
    source: "BrokerQueue.peek",
    unless: both(unlessPeek, unlessDelay),
    async check(scene) {
      const ids = await fillStates(scene);
      for (const [state, messageId] of ids) {
        const { messages } = await scene.queue.peek({ state, limit: 10 });
        assert.deepEqual(
          messages.map((found) => [found.messageId, found.state]),
          [[messageId, state]],
        );
      }
      await scene.queue.peek({ state: "ready", limit: 10 });
      const delivery = await scene.takeOne();
      assert.equal(nameOf(delivery), "ready");
      assert.equal(delivery.deliveryCount, 1, "looking is no delivery");
    },
  },
  {
    id: "A2",
    rule: "The pages of a peek contain each message once, oldest first; the last page has no cursor.",
    source: "PeekOptions.cursor",
    unless: unlessPeek,
    async check(scene) {
      await scene.send(names("job", 7));
      const seen: string[] = [];
      let cursor: string | undefined;
      for (const size of [3, 3, 1]) {
        const page = await scene.queue.peek({
          state: "ready",
          limit: 3,
          ...(cursor === undefined ? {} : { cursor }),
        });
        assert.equal(page.messages.length, size);
        seen.push(...page.messages.map(nameOf));
        cursor = page.nextCursor;
      }
      assert.equal(cursor, undefined, "the last page says so");
      assert.deepEqual(seen, names("job", 7));
    },
  },
  {
    id: "A3",
    rule: "Peek by id shows only that message, and nothing if it is in another state.",
    source: "PeekOptions.id",
    unless: unlessPeek,
    async check(scene) {
      const ids = await scene.send(names("job", 3));
      const found = await scene.queue.peek({ state: "ready", limit: 5, id: ids[1]! });
      assert.deepEqual(found.messages.map(nameOf), ["job-1"]);
      assert.deepEqual((await scene.queue.peek({ state: "dead", limit: 5, id: ids[1]! })).messages, []);
      assert.deepEqual((await scene.queue.peek({ state: "ready", limit: 5, id: "unknown" })).messages, []);
      await assertRejects(scene.queue.peek({ state: "ready", limit: 0 }), "invalid_config");
    },
  },
  {
    id: "A4",
    rule: "A peeked message has its label, body, priority, and its due time in wall time.",
    source: "StoredMessage",
    unless: both(unlessPeek, unlessDelay),
    async check(scene) {
      const delayMs = 20 * scene.time.tickMs;
      const priority = scene.capabilities.priority === false ? 0 : 1;
      const before = scene.time.clock.now();
      await scene.send(["job"], { delayMs, priority, label: "send_email" });
      const [found] = (await scene.queue.peek({ state: "delayed", limit: 1 })).messages;
      assert.equal(found?.label, "send_email");
      assert.equal(found?.body, message("job").body);
      assert.equal(found?.priority, priority);
      assert.equal(found?.redrives, 0);
      const offBy = Math.abs((found?.dueAt ?? 0) - before - delayMs);
      assert(offBy <= scene.capabilities.resolutionMs + 2 * scene.time.tickMs, `due ${offBy} ms off`);
    },
  },
  {
    id: "A5",
    rule: "Remove takes out ready, delayed and dead messages, and answers each id.",
    source: "BrokerQueue.remove",
    unless: both(unlessRemove, both(unlessPeek, unlessDelay)),
    async check(scene) {
      const ids = await fillStates(scene);
      const asked = ["ready", "delayed", "dead"].map((state) => ids.get(state as MessageState)!);
      const results = await scene.queue.remove([...asked, "unknown"]);
      assert.deepEqual(results, [
        ...asked.map((id) => ({ id, status: "removed" })),
        { id: "unknown", status: "not_found" },
      ]);
      for (const state of ["ready", "delayed", "dead"] as const)
        assert.deepEqual(await peekNames(scene, state), []);
      assert.deepEqual(await scene.queue.remove([]), []);
    },
  },
  {
    id: "A6",
    rule: "Remove refuses a leased message: its worker keeps it.",
    source: "RemoveResult leased",
    unless: unlessRemove,
    async check(scene) {
      const [id] = await scene.send(["job"]);
      const delivery = await scene.takeOne();
      assert.deepEqual(await scene.queue.remove([id!]), [{ id, status: "leased" }]);
      assert.equal(await scene.ack(delivery), "settled");
      assert.deepEqual(await scene.queue.remove([id!]), [{ id, status: "not_found" }]);
    },
  },
  {
    id: "A7",
    rule: "A paused queue delivers nothing and accepts sends; its leases can be extended and settled; resume delivers again.",
    source: "BrokerQueue.pause",
    unless: unlessPause,
    async check(scene) {
      const other = await scene.anotherProcess();
      await scene.send(["held", "released"]);
      const [held, released] = await scene.take(2);
      await scene.queue.pause();
      await scene.send(["waiting"]);
      await scene.settle(released!, { action: "release" });
      const [extended] = await scene.consumer.extend([held!], 2 * scene.time.tickMs);
      assert.equal(extended?.status, "extended");
      assert.equal(await scene.ack(held!), "settled");
      await scene.expectNothing("it is paused");
      await other.expectNothing("it is paused for every process");
      assert.equal((await other.queue.stats()).isPaused, true);
      await other.queue.resume();
      assert.equal((await scene.queue.stats()).isPaused, false);
      assert.deepEqual((await scene.take(2)).map(nameOf).sort(), ["released", "waiting"]);
    },
  },
  {
    id: "A8",
    rule: "A pause also holds for receives that already wait; resume wakes them.",
    source: "BrokerQueue.pause",
    unless: unlessPause,
    async check(scene) {
      const waiting = scene.wait(20);
      await scene.pass(1);
      await scene.queue.pause();
      await scene.send(["job"]);
      await scene.pass(2);
      assert.equal((await scene.queue.stats()).leased.n ?? 0, 0, "nothing was delivered");
      await scene.queue.resume();
      const received = await scene.time.within(
        waiting,
        2 * scene.time.tickMs + scene.capabilities.resolutionMs,
      );
      assert.deepEqual(received.map(nameOf), ["job"]);
    },
  },
  {
    id: "A9",
    rule: "A pause stays when the process that asked for it ends.",
    source: "BrokerQueue.pause",
    unless: unlessPause,
    async check(scene) {
      await scene.send(["job"]);
      await scene.queue.pause();
      await scene.broker.close();
      const later = await scene.anotherProcess();
      assert.equal((await later.queue.stats()).isPaused, true);
      await later.expectNothing("it is paused");
      await later.queue.resume();
      await later.takeOne();
    },
  },
  {
    id: "A10",
    rule: "Purge removes ready and delayed messages; leased ones and dead letters stay.",
    source: "BrokerQueue.purge",
    unless: both(unlessPurge, both(unlessPeek, unlessDelay)),
    async check(scene) {
      await fillStates(scene);
      await scene.queue.purge();
      await scene.expectNothing("the ready one is gone");
      for (const state of ["ready", "delayed"] as const) assert.deepEqual(await peekNames(scene, state), []);
      for (const state of ["leased", "dead"] as const)
        assert.deepEqual(await peekNames(scene, state), [state]);
    },
  },
  {
    id: "A11",
    rule: "A message leased during a purge can be settled, unless the purge is eventual; a purged id can be sent again.",
    source: "BrokerQueue.purge",
    unless: unlessPurge,
    async check(scene) {
      await scene.send(["held"]);
      const held = await scene.takeOne();
      await scene.send(["purged"]);
      await scene.queue.purge();
      await scene.expectNothing("it was purged");
      const released = await scene.settle(held, { action: "release" });
      if (scene.capabilities.purge === "eventual") return assert.notEqual(released, "failed");
      assert.equal(released, "settled");
      assert.equal(nameOf(await scene.takeOne()), "held");
      if (typeof scene.capabilities.dedupe === "object") return;
      await scene.send(["purged"]);
      assert.equal((await scene.takeOne()).deliveryCount, 1);
    },
  },
  {
    id: "A12",
    rule: "Peek of a leased message names its holder; after the lease it names none.",
    source: "StoredMessage.holder, requirement C21",
    unless: unlessPeek,
    async check(scene) {
      const { name } = scene.queue;
      const leaseMs = LEASE_TICKS * scene.time.tickMs;
      const holders = ["host-1:10:a", "höst 2:20:@b"];
      await scene.send(["job"]);
      for (const holder of holders) {
        const consumer = await scene.broker.openConsumer(name, { leaseMs, holder });
        const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal: NEVER });
        const leased = await scene.queue.peek({ state: "leased", limit: 1 });
        assert.equal(leased.messages[0]?.holder, holder);
        await consumer.settle([{ delivery: delivery!, action: "release" }]);
        const ready = await scene.queue.peek({ state: "ready", limit: 1 });
        assert.equal(ready.messages[0]?.holder, undefined, "it is leased to nobody");
      }
      await scene.takeOne();
      const nameless = await scene.queue.peek({ state: "leased", limit: 1 });
      assert.equal(nameless.messages[0]?.holder, undefined, "its holder gave no name");
    },
  },
  {
    id: "A13",
    rule: "A finished job is shown with the value of its ack, and is in no other state.",
    source: "Capabilities.keepsFinished, PeekedState",
    unless: unlessKeepsFinished,
    async check(scene) {
      await scene.send(["valued", "plain"]);
      const [valued, plain] = await scene.take(2);
      await scene.settle(valued!, { action: "ack", value: '{"sum":7}' });
      await scene.settle(plain!, { action: "ack" });
      const { messages } = await scene.queue.peek({ state: "succeeded", limit: 5 });
      const values = messages.map(({ messageId, succeeded }) => [messageId, succeeded?.value]).sort();
      assert.deepEqual(
        values,
        [
          [valued!.messageId, '{"sum":7}'],
          [plain!.messageId, "null"],
        ].sort(),
      );
      for (const state of ["ready", "delayed", "leased", "dead"] as const)
        assert.deepEqual((await scene.queue.peek({ state, limit: 5 })).messages, []);
    },
  },
];
