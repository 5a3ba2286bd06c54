import { describe, expect, test } from "vitest";
import { defineTask, handle, type JobContext } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", {});

describe("shutdown", () => {
  test("a running job is finished, and nothing new is started [W24 E17]", async () => {
    const ends: (() => void)[] = [];
    const rig = createRig({
      tasks: [work],
      handlers: [handle(work, () => new Promise<void>((resolve) => ends.push(resolve)))],
    });
    await rig.app.enqueue(work, {});
    await rig.app.enqueue(work, {});
    const { worker, report } = rig.start({ concurrency: 1 });
    await rig.clock.advance(10);
    const stopped = worker.stop("SIGTERM");
    await rig.clock.advance(2_000);
    expect(worker.state).toBe("draining");
    ends[0]?.();
    await rig.clock.advance(10);
    expect(await report).toMatchObject({ cause: "SIGTERM", succeeded: 1, released: 0 });
    expect(await stopped).toEqual(await report);
    expect(ends).toHaveLength(1);
    const stats = await (await rig.app.queue("default")).stats();
    expect(stats).toMatchObject({ ready: { n: 1 }, leased: { n: 0 } });
  });

  test("a handler longer than the grace: signal 5 s before its end, released at its end, visible at once [F04 W25]", async () => {
    let abortedAt: number | undefined;
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(
          work,
          (_, ctx: JobContext) =>
            new Promise(() => {
              ctx.signal.addEventListener("abort", () => {
                abortedAt = rig.clock.monotonic();
                expect(ctx.signal.reason).toMatchObject({ code: "job_aborted", reason: "shutdown" });
              });
            }),
        ),
      ],
    });
    await rig.app.enqueue(work, {});
    const { worker, report } = rig.start();
    await rig.clock.advance(1_000);
    void worker.stop();
    await rig.clock.advance(26_000);
    expect(abortedAt).toBe(1_000 + 20_000);
    expect(await report).toMatchObject({ released: 1, cutOff: 1, seconds: 26 });
    expect(await (await rig.app.queue("default")).stats()).toMatchObject({
      ready: { n: 1 },
      leased: { n: 0 },
    });
    expect(rig.trace()).not.toContain("job.failed");
  });

  test("a handler that throws because of the shutdown has not failed", async () => {
    const rig = createRig({
      tasks: [work],
      handlers: [
        handle(
          work,
          (_, ctx: JobContext) =>
            new Promise((_resolve, reject) => {
              ctx.signal.addEventListener("abort", () => reject(new Error("interrupted")));
            }),
        ),
      ],
    });
    await rig.app.enqueue(work, {});
    const { worker, report } = rig.start();
    await rig.clock.advance(1_000);
    void worker.stop();
    await rig.clock.advance(21_000);
    expect(await report).toMatchObject({ released: 1, cutOff: 0, retried: 0 });
  });

  test("messages that arrive in a poll under way are released and visible at once [F03]", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    let letGo = () => {};
    rig.faults.answer = () =>
      new Promise((resolve) => {
        letGo = resolve;
      });
    await rig.app.enqueue(work, {});
    const { worker, report } = rig.start();
    await rig.clock.advance(100);
    void worker.stop();
    letGo();
    await rig.clock.advance(100);
    expect(await report).toMatchObject({ released: 1, succeeded: 0 });
    expect(await (await rig.app.queue("default")).stats()).toMatchObject({
      ready: { n: 1 },
      leased: { n: 0 },
    });
  });

  test("force aborts every handler, releases and ends within 2 s", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => new Promise(() => {}))] });
    await rig.app.enqueue(work, {});
    const { worker, report } = rig.start();
    await rig.clock.advance(1_000);
    void worker.stop();
    await rig.clock.advance(1_000);
    void worker.force();
    await rig.clock.advance(2_000);
    expect(await report).toMatchObject({ cause: "forced", released: 1 });
  });

  test("a broker that answers nothing any more does not keep the worker from ending in time [F23]", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => new Promise(() => {}))] });
    await rig.app.enqueue(work, {});
    const { worker, report } = rig.start({ shutdownTimeoutMs: 10_000 });
    await rig.clock.advance(1_000);
    rig.faults.receive = () => new Promise(() => {});
    rig.faults.settle = () => new Error("gone");
    void worker.stop();
    await rig.clock.advance(10_000 + 4_000);
    expect(await report).toMatchObject({ succeeded: 0 });
  });

  test("stop before start has finished, stop twice, stop without start [F05]", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    const idle = rig.app.worker({ ownsProcess: false });
    expect(await idle.stop()).toMatchObject({ cause: "stop", succeeded: 0 });
    expect(await idle.run()).toMatchObject({ cause: "stop" });

    rig.faults.open = () => new Promise(() => {});
    const starting = rig.start();
    await rig.clock.advance(10);
    void starting.worker.stop();
    void starting.worker.stop();
    await rig.clock.advance(11_000);
    expect(await starting.report).toMatchObject({ cause: "stop" });
    expect(starting.worker.state).toBe("stopped");
  });

  test("run twice, stop twice: one life, one report [F05]", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    const { worker, report } = rig.start();
    const again = worker.run();
    await rig.app.enqueue(work, {});
    await rig.clock.advance(1_000);
    const stops = [worker.stop(), worker.stop()];
    await rig.clock.advance(1_000);
    const reports = await Promise.all([report, again, ...stops, worker.run(), worker.stop()]);
    for (const one of reports) expect(one).toBe(reports[0]);
    expect(reports[0]).toMatchObject({ cause: "stop", succeeded: 1 });
    expect(rig.events.filter(({ type }) => type === "worker.started")).toHaveLength(1);
    expect(rig.events.filter(({ type }) => type === "worker.stopped")).toHaveLength(1);
  });

  test("fifty workers started and stopped leave nothing behind [F05]", async () => {
    const rig = createRig({ tasks: [work], handlers: [handle(work, () => {})] });
    for (let round = 0; round < 50; round++) {
      const { worker, report } = rig.start();
      if (round % 2 === 0) await rig.clock.advance(round);
      void worker.stop();
      await rig.clock.advance(1_000);
      expect(await report).toMatchObject({ cause: "stop" });
    }
    expect(rig.clock.nextTimerMs()).toBeUndefined();
  });
});
