import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { createApp, defineTask, handle } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", {});

/** Two apps on one storage: a worker's, and that of somebody who asks. */
function presenceRig() {
  let finish = () => {};
  const run = () =>
    new Promise<void>((resolve) => {
      finish = resolve;
    });
  const rig = createRig({ tasks: [work], handlers: [handle(work, run)], release: "2026.11.22" });
  const asker = rig.other({ tasks: [] });
  return { ...rig, asker, finish: () => finish() };
}

describe("who is at work [C21]", () => {
  test("a worker is listed with its identity, release, queues and load, to every process on the storage", async () => {
    const rig = presenceRig();
    const { id } = await rig.app.enqueue(work, {});
    rig.start({ concurrency: 3, identity: "host:1:a" });
    rig.start({ concurrency: 4, identity: "host:2:b" });
    await rig.clock.advance(10_100);
    const workers = await rig.asker.workers();
    expect(workers.map(({ worker }) => worker)).toEqual(["host:1:a", "host:2:b"]);
    expect(workers[0]).toMatchObject({
      state: "running",
      isReady: true,
      queues: ["default"],
      running: 1,
      jobs: [{ id, task: "work", queue: "default", attempt: 1, startedAt: workers[0]?.startedAt }],
      concurrency: 3,
      settled: 0,
      release: "2026.11.22",
      node: process.version,
    });
    expect(rig.events.find(({ type }) => type === "job.started")).toMatchObject({
      job: { id },
      worker: "host:1:a",
    });
    expect((workers[0]?.seenAt ?? 0) - (workers[0]?.startedAt ?? 0)).toBe(10_000);
  });

  test("its identity is host:pid and something random unless it is given one", async () => {
    const rig = presenceRig();
    rig.start();
    await rig.clock.advance(100);
    const [only] = await rig.asker.workers();
    expect(only?.worker).toMatch(new RegExp(`^[^:]+:${process.pid}:\\w{8}$`));
    expect(rig.events.find(({ type }) => type === "worker.started")).toMatchObject({ worker: only?.worker });
  });

  test("it says that it drains, and is gone when it has stopped", async () => {
    const rig = presenceRig();
    await rig.app.enqueue(work, {});
    const { worker, report } = rig.start();
    await rig.clock.advance(100);
    void worker.stop();
    await rig.clock.advance(1_000);
    expect(await rig.asker.workers()).toMatchObject([{ state: "draining", isReady: false, running: 1 }]);
    rig.finish();
    await rig.clock.advance(100);
    await report;
    expect(await rig.asker.workers()).toEqual([]);
  });

  test("one that dies without a word is forgotten after half a minute", async () => {
    const rig = presenceRig();
    rig.start();
    await rig.clock.advance(100);
    rig.faults.mark = () => new Promise(() => {});
    await rig.clock.advance(20_000);
    expect(await rig.asker.workers()).toHaveLength(1);
    await rig.clock.advance(10_000);
    expect(await rig.asker.workers()).toHaveLength(0);
  });

  test("a coordination store that fails is logged once, and jobs go on", async () => {
    const rig = presenceRig();
    rig.faults.mark = () => new Error("disk full");
    await rig.app.enqueue(work, {});
    const { worker } = rig.start();
    await rig.clock.advance(60_000);
    expect(worker.running).toBe(1);
    expect(rig.logs.filter(({ message }) => message.startsWith("the list of workers"))).toHaveLength(1);
  });

  test("a coordination store that hangs holds up the end of a worker by a second at most", async () => {
    const rig = presenceRig();
    const { worker, report } = rig.start();
    await rig.clock.advance(100);
    rig.faults.mark = () => new Promise(() => {});
    void worker.stop();
    await rig.clock.advance(1_100);
    expect(await report).toMatchObject({ cause: "stop" });
  });

  test("applications of different prefixes do not see each other", async () => {
    const rig = presenceRig();
    rig.start();
    await rig.clock.advance(100);
    expect(await rig.other({ tasks: [], queuePrefix: "acme-" }).workers()).toEqual([]);
  });

  test("without any coordination store the question is refused by name", async () => {
    const { coordination: _, ...broker } = memory({
      storage: createMemoryStorage({ clock: createVirtualClock() }),
    });
    await expect(createApp({ tasks: [], broker }).workers()).rejects.toMatchObject({
      code: "unsupported",
      feature: "workers",
    });
  });
});
