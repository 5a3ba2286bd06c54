import { describe, expect, test } from "vitest";
import { defineTask, handle, type JobContext } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const slow = defineTask("slow", {}, { timeoutMs: 5_000, maxAttempts: 1 });
const GRACE = 10_000;

describe("timeouts", () => {
  test("the signal aborts with job_timeout; a handler that obeys fails as timeout, and its slot is free", async () => {
    const rig = createRig({
      tasks: [slow],
      handlers: [
        handle(
          slow,
          (_, ctx: JobContext) =>
            new Promise((_resolve, reject) => {
              ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
            }),
        ),
      ],
    });
    await rig.app.enqueue(slow, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(6_000);
    expect(await report).toMatchObject({ dead: 1, stuck: 0 });
    expect(rig.events.find((event) => event.type === "job.dead")).toMatchObject({
      reason: "timeout",
      error: { code: "job_timeout" },
    });
  });

  test("a handler that returns within the grace has done its work", async () => {
    const rig = createRig({
      tasks: [slow],
      handlers: [
        handle(
          slow,
          (_, ctx: JobContext) =>
            new Promise<string>((resolve) => {
              ctx.signal.addEventListener("abort", () => resolve("saved what was done"));
            }),
        ),
      ],
    });
    await rig.app.enqueue(slow, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(6_000);
    expect(await report).toMatchObject({ succeeded: 1, dead: 0 });
  });

  test("a handler that never returns is recorded after the grace and keeps its slot; at half of the slots the worker drains as stuck [F39]", async () => {
    const fast = defineTask("fast", {});
    const rig = createRig({
      tasks: [slow, fast],
      handlers: [handle(slow, () => new Promise(() => {})), handle(fast, () => {})],
    });
    await rig.app.enqueue(slow, {});
    const { report, worker } = rig.start({ concurrency: 4 });
    await rig.clock.advance(5_000 + GRACE + 100);
    expect(rig.trace()).toContain("job.stuck");
    expect(rig.events.find((event) => event.type === "job.dead")).toMatchObject({ reason: "timeout" });
    expect(worker.state).toBe("running");
    await rig.app.enqueue(fast, {});
    await rig.clock.advance(100);
    expect(rig.trace()).toContain("job.succeeded");
    await rig.app.enqueue(slow, {});
    await rig.clock.advance(5_000 + GRACE + 100);
    expect(await report).toMatchObject({ cause: "stuck", stuck: 2, dead: 2, succeeded: 1 });
  });

  test("a slot comes back when a stuck handler returns after all", async () => {
    const returns: (() => void)[] = [];
    const rig = createRig({
      tasks: [slow],
      handlers: [handle(slow, () => new Promise<void>((resolve) => returns.push(resolve)))],
    });
    await rig.app.enqueue(slow, {});
    const { worker } = rig.start({ concurrency: 3 });
    await rig.clock.advance(5_000 + GRACE + 100);
    expect(worker).toMatchObject({ running: 1, stuck: 1 });
    returns[0]?.();
    await rig.clock.advance(100);
    expect(worker).toMatchObject({ running: 0, stuck: 0 });
    await rig.app.enqueue(slow, {});
    await rig.clock.advance(5_000 + GRACE + 100);
    expect(worker.state).toBe("running");
  });

  test("Infinity switches the timeout off", async () => {
    const endless = defineTask("endless", {}, { timeoutMs: Number.POSITIVE_INFINITY });
    let end = () => {};
    const rig = createRig({
      tasks: [endless],
      handlers: [
        handle(
          endless,
          () =>
            new Promise<void>((resolve) => {
              end = resolve;
            }),
        ),
      ],
    });
    await rig.app.enqueue(endless, {});
    const { report } = rig.start({ until: { type: "drained" } });
    await rig.clock.advance(60 * 60_000);
    end();
    await rig.clock.advance(1_000);
    expect(await report).toMatchObject({ succeeded: 1 });
  });
});
