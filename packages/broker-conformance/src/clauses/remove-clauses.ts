import assert from "node:assert/strict";
import type { MessageState } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { nameOf } from "../harness/scene.ts";
import { both, unlessDelay, unlessPeek, unlessPurge, unlessRemove } from "./conditions.ts";

/** Chapter A: what a remove and a purge take out. */
export const removeClauses: readonly Clause[] = [
  {
    id: "A5",
    rule: "Remove takes out ready, delayed and dead messages, and answers each id.",
    source: "BrokerQueue.remove",
    unless: both(unlessRemove, both(unlessPeek, unlessDelay)),
    async check(scene) {
      const ids = await scene.fillStates();
      const asked = ["ready", "delayed", "dead"].map((state) => ids.get(state as MessageState)!);
      const results = await scene.queue.remove([...asked, "unknown"]);
      assert.deepEqual(results, [
        ...asked.map((id) => ({ id, status: "removed" })),
        { id: "unknown", status: "not_found" },
      ]);
      for (const state of ["ready", "delayed", "dead"] as const)
        assert.deepEqual(await scene.peekNames(state), []);
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
    id: "A10",
    rule: "Purge removes ready and delayed messages; leased ones and dead letters stay.",
    source: "BrokerQueue.purge",
    unless: both(unlessPurge, both(unlessPeek, unlessDelay)),
    async check(scene) {
      await scene.fillStates();
      await scene.queue.purge();
      await scene.expectNothing("the ready one is gone");
      for (const state of ["ready", "delayed"] as const) assert.deepEqual(await scene.peekNames(state), []);
      for (const state of ["leased", "dead"] as const)
        assert.deepEqual(await scene.peekNames(state), [state]);
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
];
