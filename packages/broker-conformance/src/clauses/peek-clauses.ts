import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import { assertRejects } from "../harness/refusal.ts";
import { LEASE_TICKS, message, NEVER, nameOf, names } from "../harness/scene.ts";
import { both, unlessDelay, unlessKeepsFinished, unlessPeek } from "./conditions.ts";

/** Chapter A: what a peek shows. */
export const peekClauses: readonly Clause[] = [
  {
    id: "A1",
    rule: "Peek shows the messages of each state, and neither leases nor counts.",
    source: "BrokerQueue.peek",
    unless: both(unlessPeek, unlessDelay),
    async check(scene) {
      const ids = await scene.fillStates();
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
    id: "A14",
    rule: "A cursor that no page gave is refused: a page from somewhere else would look right.",
    source: "PeekOptions.cursor",
    unless: unlessPeek,
    async check(scene) {
      await scene.send(names("job", 2));
      for (const cursor of ["", "nope", "-1", "NaN", "' OR 1=1 --"])
        await assertRejects(scene.queue.peek({ state: "ready", limit: 5, cursor }), "invalid_config");
    },
  },
  {
    id: "A15",
    rule: "A scan finds the ids and bodies of each state once, as a peek does, with cursors of its own.",
    source: "BrokerQueue.scan",
    unless: both(unlessPeek, unlessDelay),
    async check(scene) {
      const { queue } = scene;
      if (queue.scan === undefined) return;
      await scene.fillStates();
      await scene.send(names("job", 6), { priority: scene.capabilities.priority === false ? 0 : 1 });
      await scene.send(names("late", 3));
      for (const state of ["ready", "delayed", "leased", "dead"] as const) {
        const peeked = (await queue.peek({ state, limit: 20 })).messages;
        const seen: unknown[] = [];
        let cursor: string | undefined;
        do {
          const page = await queue.scan({ state, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
          assert(page.messages.length <= 2, "a page is no longer than its limit");
          seen.push(...page.messages.map(({ messageId, body }) => messageId + body));
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        assert.deepEqual(seen.sort(), peeked.map(({ messageId, body }) => messageId + body).sort(), state);
      }
      await assertRejects(queue.scan({ state: "ready", limit: 0 }), "invalid_config");
      await assertRejects(queue.scan({ state: "ready", limit: 2, cursor: "nope" }), "invalid_config");
    },
  },
  {
    id: "A12",
    rule: "Peek of a leased message names its holder and the end of its lease; after the lease it names neither.",
    source: "StoredMessage.holder, StoredMessage.leaseUntil, requirement C21",
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
        const leftMs = (leased.messages[0]?.leaseUntil ?? 0) - scene.time.clock.now();
        const offBy = Math.abs(leftMs - leaseMs);
        assert(
          offBy <= scene.capabilities.resolutionMs + 2 * scene.time.tickMs,
          `its end is ${offBy} ms off`,
        );
        await consumer.settle([{ delivery: delivery!, action: "release" }]);
        const ready = await scene.queue.peek({ state: "ready", limit: 1 });
        assert.equal(ready.messages[0]?.holder, undefined, "it is leased to nobody");
        assert.equal(ready.messages[0]?.leaseUntil, undefined, "a lease that is over has no end");
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
