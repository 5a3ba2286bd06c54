import assert from "node:assert/strict";
import type { QueueStats } from "@jobs/core/broker";
import type { Clause } from "../clause.ts";
import { message, names, type Scene } from "../harness/scene.ts";

async function numbers(
  scene: Scene,
): Promise<Record<"ready" | "delayed" | "leased" | "dead", number | null>> {
  const { ready, delayed, leased, dead }: QueueStats = await scene.queue.stats();
  return { ready: ready.n, delayed: delayed.n, leased: leased.n, dead: dead.n };
}

/** Chapter C. */
export const statsClauses: readonly Clause[] = [
  {
    id: "C1",
    rule: "Every message is counted in its state; an estimate is marked as one.",
    source: "BrokerQueue.stats",
    async check(scene) {
      const { stats, deadLetter, delay } = scene.capabilities;
      const [deadCount, delayedCount] = [deadLetter === false ? 0 : 2, delay === false ? 0 : 1];
      await scene.send(names("dead", deadCount));
      for (const delivery of await scene.take(deadCount)) {
        await scene.settle(delivery, { action: "dead", reason: "fatal" });
      }
      await scene.send(names("leased", 3));
      await scene.take(3);
      await scene.send(names("ready", 4));
      await scene.send(
        names("delayed", delayedCount),
        delayedCount === 0 ? {} : { delayMs: 50 * scene.time.tickMs },
      );
      const counted = await scene.queue.stats();
      for (const count of [counted.ready, counted.delayed, counted.leased, counted.dead]) {
        if (stats === "approximate") continue;
        assert.equal(count.exact, true, "exact counts are marked as exact");
      }
      const expected = { ready: 4, delayed: delayedCount, leased: 3, dead: deadCount };
      if (stats === "exact") assert.deepEqual(await numbers(scene), expected);
      assert.equal(counted.isPaused, false);
    },
  },
  {
    id: "C2",
    rule: "Counts change with time: after the end of its lease or delay, a message counts as ready.",
    source: "BrokerQueue.stats",
    async check(scene) {
      if (scene.capabilities.delay !== false)
        await scene.send(["delayed"], { delayMs: 2 * scene.time.tickMs });
      await scene.send(["leased"]);
      await scene.takeOne();
      await scene.passLease();
      const ready = scene.capabilities.delay === false ? 1 : 2;
      if (scene.capabilities.stats === "exact") {
        assert.deepEqual(await numbers(scene), { ready, delayed: 0, leased: 0, dead: 0 });
      }
      await scene.take(ready);
    },
  },
  {
    id: "C3",
    rule: "oldestReadyMs is null when nothing is ready; else it is the time that the oldest ready message has waited.",
    source: "QueueStats.oldestReadyMs",
    async check(scene) {
      const oldest = async () => (await scene.queue.stats()).oldestReadyMs;
      assert.equal(await oldest(), null);
      await scene.send(["old"]);
      await scene.pass(3);
      await scene.send(["new"]);
      await scene.pass(2);
      const waited = await oldest();
      // A broker that keeps estimates only may not know it.
      if (waited === null && scene.capabilities.stats === "approximate") return;
      assert(waited !== null && Math.abs(waited - 5 * scene.time.tickMs) <= tolerance(scene), `${waited} ms`);
      await scene.take(2);
      assert.equal(await oldest(), null, "a leased message is not ready");
    },
  },
  {
    id: "C4",
    rule: "Each stored send and each redriven dead letter is counted once as entered, in its target queue. The count never falls, or is unknown.",
    source: "QueueStats.entered",
    async check(scene) {
      const other = await scene.anotherQueue("second");
      const { dedupe, redrive } = scene.capabilities;
      const expected = async (here: number, there: number, after: string) => {
        for (const [{ queue }, n] of [[scene, here] as const, [other, there] as const]) {
          const { entered } = await queue.stats();
          assert.equal(entered.exact && entered.n === null, false, "an unknown number is not exact");
          if (entered.exact) assert.equal(entered.n, n, after);
        }
      };
      await expected(0, 0, "nothing has come in");
      await scene.send(names("job", 3));
      if (dedupe === "while-stored") await scene.queue.send([message("job-1")]);
      await expected(3, 0, "three sends, and none for a duplicate");
      const [done, released, dead] = await scene.take(3);
      await scene.ack(done!);
      await scene.settle(released!, { action: "release" });
      await expected(3, 0, "what is done came in, what is given back came in once");
      if (!redrive) return;
      await scene.settle(dead!, { action: "dead", reason: "fatal" });
      await scene.queue.redrive({ limit: 1 });
      await expected(4, 0, "a dead letter that is put back comes in again");
      for (const delivery of await scene.take(2)) {
        await scene.settle(delivery, { action: "dead", reason: "fatal" });
      }
      await scene.queue.redrive({ limit: 2, to: other.queue.name });
      await expected(4, 2, "into another queue it comes in there");
    },
  },
];

function tolerance({ time, capabilities }: Scene): number {
  return (
    2 * time.slackMs + (capabilities.resolutionMs > 1 || time.slackMs > 0 ? capabilities.resolutionMs : 0)
  );
}
