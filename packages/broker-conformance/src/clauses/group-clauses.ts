import assert from "node:assert/strict";
import type { Clause, Condition } from "../clause.ts";
import { nameOf, names, type Scene } from "../harness/scene.ts";
import { both, unlessDeadLetter, unlessGroups } from "./conditions.ts";

/** More messages than any broker returns at once or accepts in one batch. */
const LONG_GROUP = 25;

/** Long enough to check what else is delivered meanwhile. */
const RETRY_TICKS = 8;

/** Without an order in groups: a group arrives in any order, or is refused. */
const unlessOrderedGroups: Condition = {
  capability: "groups: ordered",
  isMissing: ({ groups }) => groups !== "ordered",
  rule: "Messages with a group all arrive, in any order, or are refused.",
  async check(scene) {
    if (unlessGroups.isMissing(scene.capabilities)) return unlessGroups.check(scene);
    const sent = await scene.send(["first", "second", "third"], { groupKey: "tenant-1" });
    const taken = await scene.take(3);
    assert.deepEqual(taken.map(({ messageId }) => messageId).sort(), [...sent].sort(), "all have arrived");
  },
};

const unlessOrderedDeadLetter = both(unlessOrderedGroups, unlessDeadLetter);

/** Takes and acks the next message of the only group that is not blocked. Returns its name. */
async function pass(scene: Scene): Promise<string> {
  const delivery = await scene.takeOne();
  await scene.expectNothing("one message of a group at a time");
  await scene.ack(delivery);
  return nameOf(delivery);
}

/** Chapter P, groups. */
export const groupClauses: readonly Clause[] = [
  {
    id: "P7",
    rule: "A message with a group is delivered.",
    source: "OutgoingMessage.groupKey",
    unless: unlessGroups,
    async check(scene) {
      await scene.send(["grouped"], { groupKey: "tenant-1" });
      assert.equal(nameOf(await scene.takeOne()), "grouped");
    },
  },
  {
    id: "P8",
    rule: "A group is delivered one message at a time, in the order of sending, to all processes together; other groups continue.",
    source: "Capabilities.groups",
    unless: unlessOrderedGroups,
    async check(scene) {
      const other = await scene.anotherProcess();
      const group = names("job", LONG_GROUP);
      await scene.send(group, { groupKey: "tenant-1" });
      await scene.send(["lone"], { groupKey: "tenant-2" });
      const [one, two] = [await scene.takeOne(), await other.takeOne()];
      assert.deepEqual([nameOf(one), nameOf(two)].sort(), ["job-0", "lone"], "the first of each group");
      await scene.expectNothing("both groups are held");
      await other.expectNothing("both groups are held, for every process");
      await scene.ack(one);
      await other.ack(two);
      const passed = ["job-0"];
      for (let turn = 1; turn < LONG_GROUP; turn++) passed.push(await pass(turn % 2 === 0 ? scene : other));
      assert.deepEqual(passed, group);
    },
  },
  {
    id: "P9",
    rule: "A group waits for its message after a retry, a release or a crash, and continues with that message.",
    source: "Capabilities.groups, Settlement retry",
    unless: unlessOrderedGroups,
    async check(scene) {
      const takeFirst = async () => {
        const delivery = await scene.takeOne();
        assert.equal(nameOf(delivery), "first");
        return delivery;
      };
      await scene.send(["first", "second"], { groupKey: "tenant-1" });
      const delayMs = RETRY_TICKS * scene.time.tickMs;
      await scene.settle(await takeFirst(), { action: "retry", delayMs, failed: true });
      await scene.expectNothing("the group waits for the retry");
      await scene.send(["lone"], { groupKey: "tenant-2" });
      assert.equal(await pass(scene), "lone", "other groups go on");
      await scene.passLease(RETRY_TICKS);
      await scene.settle(await takeFirst(), { action: "release" });
      await takeFirst();
      await scene.passLease();
      await scene.ack(await takeFirst());
      assert.equal(await pass(scene), "second");
    },
  },
  {
    id: "P10",
    rule: "A message that is set aside does not block its group.",
    source: "Capabilities.groups, Settlement dead",
    unless: unlessOrderedDeadLetter,
    async check(scene) {
      await scene.send(["first", "second"], { groupKey: "tenant-1" });
      await scene.settle(await scene.takeOne(), { action: "dead", reason: "fatal" });
      assert.equal(await pass(scene), "second");
    },
  },
];
