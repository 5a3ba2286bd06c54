import { describe, expect, test } from "vitest";
import { defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const onA = defineTask("on_a", {}, { queue: "a" });
const onB = defineTask("on_b", {}, { queue: "b" });

/** Two queues of a broker that cannot pause them itself, as SQS. */
function pausingRig() {
  const runs: string[] = [];
  const rig = createRig({
    tasks: [onA, onB],
    handlers: [handle(onA, () => void runs.push("a")), handle(onB, () => void runs.push("b"))],
    capabilities: { pause: false },
  });
  return { rig, runs };
}

describe("pausing a queue where the broker cannot", () => {
  test("workers stop taking from it within seconds, go on with others, and come back when it is resumed [C22]", async () => {
    const { rig, runs } = pausingRig();
    rig.start();
    await rig.clock.advance(1_000);
    await rig.app.pause("a");
    expect(await rig.app.stats("a")).toMatchObject({ isPaused: true });
    expect(await rig.app.stats("b")).toMatchObject({ isPaused: false });
    await rig.clock.advance(5_000);
    await rig.app.enqueue(onA, {});
    await rig.app.enqueue(onB, {});
    await rig.clock.advance(60_000);
    expect(runs).toEqual(["b"]);
    await rig.app.resume("a");
    await rig.clock.advance(5_000);
    expect(runs).toEqual(["b", "a"]);
    expect(await rig.app.stats("a")).toMatchObject({ isPaused: false });
  });

  test("a worker that starts while it is paused takes nothing from it [C22]", async () => {
    const { rig, runs } = pausingRig();
    await rig.app.pause("a");
    await rig.app.enqueue(onA, {});
    const { report } = rig.start({ until: { type: "idle", forMs: 10_000 } });
    await rig.clock.advance(60_000);
    expect(await report).toMatchObject({ succeeded: 0 });
    expect(runs).toEqual([]);
  });

  test("a queue stays paused while the coordination store cannot be read, and work on others goes on", async () => {
    const { rig, runs } = pausingRig();
    await rig.app.pause("a");
    rig.start();
    await rig.clock.advance(1_000);
    const { coordination } = rig.broker;
    if (coordination !== undefined)
      coordination.list = () => Promise.reject(new Error("no coordination store"));
    await rig.clock.advance(10_000);
    await rig.app.enqueue(onA, {});
    await rig.app.enqueue(onB, {});
    await rig.clock.advance(10_000);
    expect(runs).toEqual(["b"]);
    expect(rig.logs.filter(({ message }) => message.startsWith("what was paused"))).toHaveLength(1);
  });

  test("without a coordination store it is refused by name", async () => {
    const { rig } = pausingRig();
    const { coordination: _marks, ...bare } = rig.broker;
    const app = rig.app.with({ broker: bare });
    await expect(app.pause("a")).rejects.toMatchObject({ code: "unsupported" });
    await expect(app.resume("a")).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("a worker that ends when its queues are drained", () => {
  test.each([true, false])(
    "says once that a paused queue keeps it (the broker pauses: %s)",
    async (pause) => {
      const rig = createRig({
        tasks: [onA, onB],
        handlers: [onA, onB].map((task) => handle(task, () => {})),
        capabilities: { pause },
      });
      await rig.app.pause("a");
      await rig.app.enqueue(onA, {});
      const { report } = rig.start({ until: { type: "drained" } });
      await rig.clock.advance(60_000);
      const said = rig.logs.filter(({ message }) => message.includes("paused queues are resumed"));
      expect(said).toMatchObject([{ level: "warn", fields: { queues: ["a"] } }]);
      await rig.app.resume("a");
      await rig.clock.advance(10_000);
      expect(await report).toMatchObject({ cause: "drained", succeeded: 1 });
    },
  );
});
