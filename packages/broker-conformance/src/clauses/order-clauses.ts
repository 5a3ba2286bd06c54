import assert from "node:assert/strict";
import type { Capabilities } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { assertRefused } from "../harness/refusal.ts";
import { message, nameOf, names, type Scene } from "../harness/scene.ts";
import { both, unlessFifo, unlessPriority } from "./conditions.ts";

const unlessOrderedPriority = both(unlessPriority, unlessFifo);

function highest({ priority }: Capabilities): number {
  return priority === false ? 0 : priority.levels - 1;
}

async function takeNames(scene: Scene, count: number): Promise<readonly string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push(nameOf(await scene.takeOne()));
  return taken;
}

/** Chapter P, without groups. */
export const orderClauses: readonly Clause[] = [
  {
    id: "P1",
    rule: "Messages of one priority are delivered in the order of sending.",
    source: "Capabilities.order",
    unless: unlessFifo,
    async check(scene) {
      const batch = names("batch", 5);
      await scene.send(batch);
      await scene.send(["single"]);
      await scene.send(names("more", 3));
      const expected = [...batch, "single", ...names("more", 3)];
      const first = (await scene.take(4)).map(nameOf);
      assert.deepEqual([...first, ...(await takeNames(scene, 5))], expected);
    },
  },
  {
    id: "P2",
    rule: "A higher priority is delivered first, 9 before 0, even if it was sent later.",
    source: "Capabilities.priority",
    unless: unlessOrderedPriority,
    async check(scene) {
      const levels = Array.from({ length: highest(scene.capabilities) + 1 }, (_, level) => level);
      for (const priority of levels) await scene.send([`level-${priority}`], { priority });
      const expected = levels.map((level) => `level-${level}`).reverse();
      assert.deepEqual(await takeNames(scene, levels.length), expected);
    },
  },
  {
    id: "P3",
    rule: "Messages of one priority keep the order of sending, and a message without a priority has priority 0.",
    source: "Capabilities.priority",
    unless: unlessOrderedPriority,
    async check(scene) {
      await scene.send(["low-0"]);
      await scene.send(["high-0", "high-1"], { priority: 1 });
      await scene.send(["low-1"], { priority: 0 });
      await scene.send(["high-2"], { priority: 1 });
      assert.deepEqual(await takeNames(scene, 5), ["high-0", "high-1", "high-2", "low-0", "low-1"]);
    },
  },
  {
    id: "P4",
    rule: "A priority is refused if it is not a whole number from 0, or above the declared levels.",
    source: "OutgoingMessage.priority",
    async check(scene) {
      for (const priority of [-1, 1.5, Number.NaN]) {
        const [result] = await scene.queue.send([{ ...message("bad"), priority }]);
        assertRefused(result, "invalid_config");
      }
      const tooHigh = highest(scene.capabilities) + 1;
      const [result] = await scene.queue.send([{ ...message("bad"), priority: tooHigh }]);
      assertRefused(result, { unsupported: "priority" });
      await scene.expectNothing("nothing was sent");
    },
  },
  {
    id: "P5",
    rule: "A released message is the next one of its priority.",
    source: "Settlement release",
    unless: unlessFifo,
    async check(scene) {
      await scene.send(["first", "second", "third"]);
      const first = await scene.takeOne();
      assert.equal(nameOf(first), "first");
      await scene.settle(first, { action: "release" });
      assert.deepEqual(await takeNames(scene, 3), ["first", "second", "third"]);
    },
  },
  {
    id: "P6",
    rule: "A message keeps its priority after a retry, a release and a crash.",
    source: "Capabilities.priority",
    unless: unlessOrderedPriority,
    async check(scene) {
      await scene.send(["urgent"], { priority: 1 });
      await scene.settle(await scene.takeOne(), { action: "retry", delayMs: 0, failed: true });
      await scene.send(["normal"]);
      await scene.settle(await scene.takeOne(), { action: "release" });
      assert.equal(nameOf(await scene.takeOne()), "urgent");
      await scene.passLease();
      assert.deepEqual(await takeNames(scene, 2), ["urgent", "normal"]);
    },
  },
];
