import assert from "node:assert/strict";
import type { SendResult } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { message, nameOf, type Scene } from "../harness/scene.ts";
import { both, unlessDedupe, unlessDelay } from "./conditions.ts";

async function expectDuplicate(scene: Scene, name: string, messageId: string | undefined): Promise<void> {
  const [result] = await scene.queue.send([message(name)]);
  assertDuplicate(scene, result, messageId);
}

/** A broker that remembers ids for a time may answer `sent`, but with the id of the stored message. */
function assertDuplicate(
  { capabilities }: Scene,
  result: SendResult | undefined,
  messageId: string | undefined,
): void {
  const maySaySent = typeof capabilities.dedupe === "object" && result?.status === "sent";
  assert.deepEqual(result, { status: maySaySent ? "sent" : "duplicate", messageId });
}

const unlessDelayedDedupe = both(unlessDedupe, unlessDelay);

/** Chapter U. */
export const dedupeClauses: readonly Clause[] = [
  {
    id: "U1",
    rule: "A second message with the id of a stored one is a duplicate: the first does not change, and nothing is added.",
    source: "SendResult duplicate",
    unless: unlessDedupe,
    async check(scene) {
      const [messageId] = await scene.send(["job"]);
      const [result] = await scene.queue.send([
        { ...message("job"), body: JSON.stringify({ name: "impostor" }) },
      ]);
      assertDuplicate(scene, result, messageId);
      assert.equal(nameOf(await scene.takeOne()), "job");
      await scene.expectNothing("nothing was added");
    },
  },
  {
    id: "U2",
    rule: "A leased message also counts as stored, for every process.",
    source: "Capabilities.dedupe",
    unless: unlessDedupe,
    async check(scene) {
      const other = await scene.anotherProcess();
      const [messageId] = await scene.send(["job"]);
      const delivery = await scene.takeOne();
      await expectDuplicate(other, "job", messageId);
      assert.equal(await scene.ack(delivery), "settled");
      await scene.expectNothing("nothing was added");
    },
  },
  {
    id: "U3",
    rule: "A delayed message also counts as stored.",
    source: "Capabilities.dedupe",
    unless: unlessDelayedDedupe,
    async check(scene) {
      const [messageId] = await scene.send(["job"], { delayMs: 5 * scene.time.tickMs });
      await expectDuplicate(scene, "job", messageId);
      await scene.expectNothing("the first one's delay holds");
    },
  },
  {
    id: "U4",
    rule: "A dead letter also counts as stored.",
    source: "Capabilities.dedupe",
    unless: unlessDedupe,
    async check(scene) {
      if (scene.capabilities.deadLetter !== "native" || scene.capabilities.dedupe !== "while-stored") return;
      const [messageId] = await scene.send(["job"]);
      await scene.settle(await scene.takeOne(), { action: "dead", reason: "fatal" });
      await expectDuplicate(scene, "job", messageId);
      await scene.expectNothing("nothing was added");
    },
  },
  {
    id: "U5",
    rule: "The same id twice in one send makes one message and one duplicate.",
    source: "SendResult duplicate",
    unless: unlessDedupe,
    async check(scene) {
      const results = await scene.queue.send([message("job"), message("other"), message("job")]);
      const [first, other, second] = results;
      assert.deepEqual([first?.status, other?.status], ["sent", "sent"]);
      assertDuplicate(scene, second, first?.status === "sent" ? first.messageId : undefined);
      await scene.take(2);
      await scene.expectNothing("nothing was added");
    },
  },
  {
    id: "U6",
    rule: "An id is free again after the ack, or after its window has passed.",
    source: "Capabilities.dedupe",
    unless: unlessDedupe,
    async check(scene) {
      const { dedupe } = scene.capabilities;
      const [messageId] = await scene.send(["job"]);
      await scene.ack(await scene.takeOne());
      if (typeof dedupe === "object") {
        await expectDuplicate(scene, "job", messageId);
        // Real time does not wait for a window of minutes.
        if (scene.time.slackMs > 0) return;
        await scene.time.pass(dedupe.windowMs + scene.capabilities.resolutionMs);
      }
      await scene.send(["job"]);
      assert.equal((await scene.takeOne()).deliveryCount, 1, "a new message");
    },
  },
  {
    id: "U7",
    rule: "If several processes send the same id at the same moment, exactly one message is stored.",
    source: "Capabilities.dedupe",
    unless: unlessDedupe,
    async check(scene) {
      const other = await scene.anotherProcess();
      const sends = Array.from({ length: 6 }, (_, index) =>
        (index % 2 === 0 ? scene : other).queue.send([message("job")]),
      );
      const results = (await Promise.all(sends)).map(([result]) => result);
      const first = results.find((result) => result?.status === "sent");
      assert(first?.status === "sent", "one is stored");
      for (const result of results) if (result !== first) assertDuplicate(scene, result, first.messageId);
      await scene.takeOne();
      await scene.expectNothing("nothing was added");
    },
  },
];
