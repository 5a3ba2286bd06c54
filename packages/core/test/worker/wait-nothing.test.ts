import { expect, test } from "vitest";
import { defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const onA = defineTask("on_a", {}, { queue: "a" });
const onB = defineTask("on_b", {}, { queue: "b" });

test.each([
  ["one queue", ["a"]],
  ["two queues", ["a", "b"]],
])("a worker that waits for nothing does not spin over %s while a handler is busy", async (_, queues) => {
  let receives = 0;
  const rig = createRig({
    tasks: [onA, onB],
    handlers: [
      handle(onA, () => new Promise<void>((resolve) => rig.clock.schedule(10_000, resolve))),
      handle(onB, () => {}),
    ],
  });
  rig.faults.receive = () => {
    receives++;
    return undefined;
  };
  await rig.app.enqueue(onA, {});
  const { report } = rig.start({ queues, until: { type: "idle", forMs: 0 } });
  await rig.clock.advance(10_000);
  expect(await report).toMatchObject({ cause: "idle", succeeded: 1 });
  // Pauses grow from 50 ms to a second: 5 looks in the first 1.5 s, then one a second.
  expect(receives).toBeLessThan(20 * queues.length);
});
