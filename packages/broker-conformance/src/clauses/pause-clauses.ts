import assert from "node:assert/strict";
import type { Clause } from "../clause.ts";
import { nameOf } from "../harness/scene.ts";
import { unlessPause } from "./conditions.ts";

/** Chapter A: what a pause holds back. */
export const pauseClauses: readonly Clause[] = [
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
      const received = await scene.woken(waiting);
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
];
