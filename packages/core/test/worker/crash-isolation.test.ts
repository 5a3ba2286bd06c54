import { describe, expect, test } from "vitest";
import { defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";
import { crash } from "./crash.ts";

const work = defineTask("work", { name: "string" });

describe("jobs that were there when workers crashed", () => {
  test("after one crash jobs run together, after two each suspect runs alone", async () => {
    let running = 0;
    const company = new Map<string, number>();
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, async ({ name }) => {
          running++;
          await new Promise<void>((resolve) => rig.clock.schedule(100, resolve));
          company.set(name, Math.max(company.get(name) ?? 0, running));
          running--;
        }),
      ],
    });
    await rig.app.enqueueMany(["s1", "s2"].map((name) => [work, { name }] as const));
    await crash(rig.broker, rig.clock, 1);
    await rig.app.enqueueMany(["c1", "c2"].map((name) => [work, { name }] as const));
    await crash(rig.broker, rig.clock, 1);
    await rig.app.enqueueMany(["n1", "n2"].map((name) => [work, { name }] as const));
    const { report } = rig.start({ until: { type: "drained" }, concurrency: 10 });
    await rig.clock.advance(5_000);
    expect(await report).toMatchObject({ succeeded: 6 });
    expect(company.get("s1")).toBe(1);
    expect(company.get("s2")).toBe(1);
    expect(Math.max(...["c1", "c2", "n1", "n2"].map((name) => company.get(name) ?? 0))).toBe(4);
  });

  test("a suspect is the only job its worker holds: a crash is counted against nobody else", async () => {
    const held: (number | null)[] = [];
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(work, async ({ name }) => {
          const { leased } = await (await rig.app.queue("default")).stats();
          if (name.startsWith("suspect")) held.push(leased.n);
        }),
      ],
    });
    await rig.app.enqueueMany(
      ["suspect 1", "suspect 2", "suspect 3"].map((name) => [work, { name }] as const),
    );
    await crash(rig.broker, rig.clock, 2);
    await rig.app.enqueueMany(["a", "b", "c"].map((name) => [work, { name }] as const));
    const { report } = rig.start({ until: { type: "drained" }, concurrency: 10 });
    await rig.clock.advance(5_000);
    expect(await report).toMatchObject({ succeeded: 6 });
    expect(held).toEqual([1, 1, 1]);
  });

  test("past maxCrashes a job is set aside as crash_loop without another run", async () => {
    let runs = 0;
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => void runs++)] });
    await rig.app.enqueue(work, { name: "bad" });
    await crash(rig.broker, rig.clock, 4);
    const { report } = rig.start({ until: { type: "drained" }, maxCrashes: 3 });
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ dead: 1, succeeded: 0 });
    expect(rig.events.find((event) => event.type === "job.dead")).toMatchObject({ reason: "crash_loop" });
    expect(runs).toBe(0);
  });

  test("a shutdown releases what waits in the lane", async () => {
    const rig = createRig({
      tasks: [work],
      handlers: [handle(work, () => new Promise<void>((resolve) => rig.clock.schedule(1_000, resolve)))],
    });
    await rig.app.enqueueMany(["s1", "s2", "s3"].map((name) => [work, { name }] as const));
    await crash(rig.broker, rig.clock, 2);
    const { worker, report } = rig.start();
    await rig.clock.advance(500);
    void worker.stop();
    await rig.clock.advance(2_000);
    expect(await report).toMatchObject({ succeeded: 1, released: 2 });
  });
});
