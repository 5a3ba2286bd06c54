import { expect, test } from "vitest";
import { QueueNotFoundError } from "../../src/entries/broker.ts";
import { defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", {});
const onA = defineTask("on_a", {}, { queue: "a" });

test("a receive that never comes back is given up after 2 × wait + 15 s and the connection is opened again [F22]", async () => {
  const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
  rig.faults.receive = () => new Promise(() => {});
  rig.start({ waitMs: 5_000 });
  await rig.app.enqueue(work, {});
  await rig.clock.advance(24_000);
  rig.faults.receive = () => undefined;
  expect(rig.trace()).not.toContain("job.succeeded");
  await rig.clock.advance(2_000);
  expect(rig.trace()).toContain("job.succeeded");
});

test("a connection that does not open again in 10 s is given up, tried again, and closed when it comes late [F22]", async () => {
  const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
  await rig.app.enqueue(work, {});
  const late: (() => void)[] = [];
  let isAway = true;
  let closed = 0;
  rig.faults.closed = () => closed++;
  rig.faults.receive = () => (isAway ? new Promise(() => {}) : undefined);
  const { report, worker } = rig.start({ waitMs: 5_000 });
  await rig.clock.advance(1_000);
  rig.faults.open = () => new Promise<never>((resolve) => late.push(() => resolve(undefined as never)));
  await rig.clock.advance(45_000);
  expect(late).toHaveLength(2);
  late[0]?.();
  await rig.clock.settle();
  expect(closed).toBe(1);
  delete rig.faults.open;
  isAway = false;
  await rig.clock.advance(30_000);
  expect(rig.trace()).toContain("job.succeeded");
  void worker.stop();
  await rig.clock.advance(1_000);
  await report;
});

test("a worker that cannot open one of its queues closes the others", async () => {
  const rig = createRig({ tasks: [onA, work], handlers: [handle(onA, () => {}), handle(work, () => {})] });
  const closed: string[] = [];
  rig.faults.closed = () => closed.push("default");
  rig.faults.open = (queue) =>
    queue === "a" ? new QueueNotFoundError({ broker: "test", queue }) : undefined;
  const { report } = rig.start();
  const refused = expect(report).rejects.toMatchObject({ code: "queue_not_found" });
  await rig.clock.advance(100);
  await refused;
  await rig.clock.settle();
  expect(closed).toEqual(["default"]);
});
