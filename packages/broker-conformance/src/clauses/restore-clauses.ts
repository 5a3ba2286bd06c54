import assert from "node:assert/strict";
import type { RestoredMessage, SendResult, StoredMessage } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { assertRefused } from "../harness/refusal.ts";
import { message, nameOf, type Scene } from "../harness/scene.ts";
import { both, unlessDedupe, unlessDelay, unlessPeek, unlessPeekDead, unlessRedrive } from "./conditions.ts";
import { deadLetter } from "./dead-letter-clauses.ts";

const DIED = { name: "TypeError", message: "no such user: ü", stack: "TypeError: …\n    at run", attempt: 5 };

/** A job of another broker, with what has happened to it there. */
function restored(name: string, more: Partial<RestoredMessage> = {}): RestoredMessage {
  return { ...message(name), deliveryCount: 4, failureCount: 2, crashCount: 1, redrives: 3, ...more };
}

/** Restores messages; `undefined` for a broker that cannot. */
async function restore(
  { queue }: Scene,
  messages: readonly RestoredMessage[],
): Promise<readonly SendResult[] | undefined> {
  return queue.restore?.(messages);
}

async function dead(scene: Scene): Promise<readonly StoredMessage[]> {
  return (await scene.queue.peek({ state: "dead", limit: 100 })).messages;
}

/** Chapter M: what a job keeps on its way from another broker. */
export const restoreClauses: readonly Clause[] = [
  {
    id: "M1",
    rule: "A restored message is delivered with its counts: failures, crashes and this delivery.",
    source: "BrokerQueue.restore",
    async check(scene) {
      const results = await restore(scene, [restored("job")]);
      if (results === undefined) return;
      assert.equal(results[0]?.status, "sent");
      const delivery = await scene.takeOne();
      assert.equal(nameOf(delivery), "job");
      const { failureCount, crashCount } = scene.capabilities;
      assert.equal(delivery.failureCount, failureCount === "exact" ? 2 : null);
      assert.equal(delivery.crashCount, crashCount === "exact" ? 1 : null);
      const before = failureCount === "exact" ? 4 : 2 + 1;
      assert.equal(delivery.deliveryCount, before + 1, "the deliveries of before count");
      assert.equal(await scene.settle(delivery, { action: "retry", delayMs: 0, failed: true }), "settled");
      const again = await scene.takeOne();
      assert.equal(again.failureCount, failureCount === "exact" ? 3 : null, "the next failure is added");
      assert.equal(again.deliveryCount, before + 2);
      assert.equal(await scene.ack(again), "settled");
      assert.deepEqual(await scene.harness.leftovers(), []);
    },
  },
  {
    id: "M2",
    rule: "A restored dead letter is never delivered, and keeps its reason, error and time of death.",
    source: "RestoredMessage.dead",
    unless: unlessPeekDead,
    async check(scene) {
      const at = scene.time.clock.now() - 86_400_000;
      const death = { reason: "fatal", at, error: DIED } as const;
      if ((await restore(scene, [restored("late", { dead: death })])) === undefined) return;
      await scene.expectNothing("it is dead");
      const [letter] = await dead(scene);
      assert(letter, "it is found among the dead");
      assert.equal(nameOf(letter), "late");
      assert.equal(letter.label, "conformance");
      assert.deepEqual(letter.dead, death);
      assert.equal(letter.deliveryCount, 4);
      assert.equal(letter.redrives, 3);
      if (scene.capabilities.failureCount === "exact") assert.equal(letter.failureCount, 2);
    },
  },
  {
    id: "M3",
    rule: "The counts of a restored message start at zero after a redrive, which is counted.",
    source: "BrokerQueue.redrive",
    unless: both(unlessRedrive, unlessPeekDead),
    async check(scene) {
      if ((await restore(scene, [restored("job")])) === undefined) return;
      await deadLetter(scene, 1);
      assert.deepEqual(await scene.queue.redrive({ limit: 1 }), { moved: 1 });
      const delivery = await scene.takeOne();
      assert.equal(delivery.deliveryCount, 1);
      await scene.settle(delivery, { action: "dead", reason: "fatal" });
      const [letter] = await dead(scene);
      assert.equal(letter?.redrives, 4);
    },
  },
  {
    id: "M4",
    rule: "A restored message keeps its delay and its priority.",
    source: "BrokerQueue.restore",
    unless: both(unlessDelay, unlessPeek),
    async check(scene) {
      const first = scene.capabilities.priority === false ? {} : { priority: 5 };
      const sent = [
        restored("later", { delayMs: 20 * scene.time.tickMs }),
        restored("now"),
        restored("first", first),
      ];
      if ((await restore(scene, sent)) === undefined) return;
      assert.deepEqual(await scene.peekNames("delayed"), ["later"]);
      const { messages } = await scene.queue.peek({ state: "ready", limit: 10 });
      const priorities = new Map(messages.map((one) => [nameOf(one), one.priority]));
      assert.equal(priorities.get("now"), 0);
      assert.equal(priorities.get("first"), first.priority ?? 0);
      const { ready, delayed } = await scene.queue.stats();
      assert.deepEqual([ready.n, delayed.n], [2, 1]);
    },
  },
  {
    id: "M5",
    rule: "A message with a stored id is a duplicate for a restore too, and the stored one stays.",
    source: "BrokerQueue.restore",
    unless: unlessDedupe,
    async check(scene) {
      await scene.send(["job"]);
      const results = await restore(scene, [restored("job"), restored("other")]);
      if (results === undefined) return;
      if (scene.capabilities.dedupe === "while-stored") {
        assert.deepEqual(
          results.map(({ status }) => status),
          ["duplicate", "sent"],
        );
      }
      const taken = await scene.take(2);
      const stored = taken.find((delivery) => nameOf(delivery) === "job");
      assert.equal(stored?.deliveryCount, 1, "nothing has happened to the stored one");
    },
  },
  {
    id: "M6",
    rule: "A restore refuses counts that are not whole numbers, and what a send refuses; the others are stored.",
    source: "BrokerQueue.restore",
    async check(scene) {
      const wrong = [
        restored("a", { failureCount: -1 }),
        restored("b", { redrives: 0.5 }),
        restored("not usable"),
      ];
      const results = await restore(scene, [...wrong, restored("good")]);
      if (results === undefined) return;
      for (const result of results.slice(0, 3)) assertRefused(result, "invalid_config");
      assert.equal(nameOf(await scene.takeOne()), "good");
      await scene.expectNothing("the others were refused");
    },
  },
  {
    id: "M7",
    rule: "All dead letters are passed to be taken. Those that are taken are removed, and the others stay.",
    source: "BrokerQueue.takeDead",
    unless: unlessPeekDead,
    async check(scene) {
      if (scene.queue.takeDead === undefined) return;
      await scene.send(["kept", "taken", "gone"]);
      await deadLetter(scene, 3);
      const seen: string[] = [];
      await scene.queue.takeDead(async (part) => {
        seen.push(...part.map(nameOf));
        return new Set(part.filter((one) => nameOf(one) !== "kept").map(({ messageId }) => messageId));
      });
      assert.deepEqual(seen.sort(), ["gone", "kept", "taken"]);
      assert.deepEqual((await dead(scene)).map(nameOf), ["kept"]);
    },
  },
];
