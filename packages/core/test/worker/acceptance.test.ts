import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Broker } from "../../src/entries/broker.ts";
import { createApp, defineTask, handle, type Task } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { resize, sendResize } from "../changing-a-task-guide.ts";
import { createRig } from "../rig.ts";

const today = defineTask("work", { a: "string", b: "integer?" });
const yesterday = defineTask("work", { a: "string" });
const otherType = defineTask("work", { a: "integer", b: "integer?" });
const byAlias = defineTask("job", { a: "string", b: "integer?" }, { aliases: ["work"] });
const elsewhere = defineTask("elsewhere", { c: "string" }, { queue: "other" });

/** A producer with today's task, and a worker for each list of tasks. */
async function deployed(...workers: readonly (readonly Task[])[]) {
  const rig = createRig({ tasks: [today] });
  for (const [index, tasks] of workers.entries()) {
    const release = rig.other({ tasks, handlers: tasks.map((task) => handle(task, () => undefined)) });
    const worker = release.worker({ ownsProcess: false, identity: `host:${index}` });
    worker.run().catch(() => {});
    onTestFinished(async () => {
      const stopped = worker.force();
      await rig.clock.advance(10_000);
      await stopped;
    });
  }
  await rig.clock.advance(100);
  return rig;
}

/** What a worker of an earlier release writes of itself, with some of it replaced. */
async function announce({ broker }: { readonly broker: Broker }, presence: object): Promise<void> {
  const value = JSON.stringify({ worker: "early:1", state: "running", queues: ["default"], ...presence });
  await broker.coordination?.put({ set: "workers", name: "early:1", value }, 30_000);
}

describe("a producer asks whether its form is accepted", () => {
  test.each([
    ["the only worker knows it", [[today]], true],
    ["both workers know it", [[today], [today]], true],
    ["a worker knows it by an alias", [[byAlias]], true],
    ["another worker serves another queue only", [[today], [elsewhere]], true],
    ["the only worker lacks a name", [[yesterday]], false],
    ["the only worker has another type of the same name", [[otherType]], false],
    ["one of two workers lacks a name", [[today], [yesterday]], false],
    ["a worker of the queue does not know the task", [[today], [defineTask("else", ["x"])]], false],
    ["only a worker of another queue lives", [[elsewhere]], false],
    ["no worker lives", [], false],
  ] as [string, Task[][], boolean][])("%s", async (_, workers, expected) => {
    const { app } = await deployed(...workers);
    expect(await app.isAcceptedByAll(today)).toBe(expected);
  });

  test("a worker that says nothing of its tasks, or nothing of their types, counts as one that refuses", async () => {
    const rig = await deployed([today]);
    await announce(rig, {});
    expect(await rig.app.isAcceptedByAll(today)).toBe(false);
    await announce(rig, { tasks: [{ name: "work", sig: today.signature.fingerprint }] });
    expect(await rig.app.isAcceptedByAll(today)).toBe(false);
  });

  test("so does one that has more tasks than it announces, unless it announces this one", async () => {
    const many = Array.from({ length: 100 }, (_, index) => defineTask(`task_${index}`, {}));
    const rig = await deployed([...many, today]);
    expect(await rig.app.isAcceptedByAll(today)).toBe(false);
    const first = await deployed([today, ...many]);
    expect(await first.app.isAcceptedByAll(today)).toBe(true);
  });

  test("a draining worker takes no new job, so it is not asked; one that was killed is, for half a minute", async () => {
    const rig = await deployed([today]);
    await announce(rig, { state: "draining" });
    expect(await rig.app.isAcceptedByAll(today)).toBe(true);
    await announce(rig, {});
    await rig.clock.advance(29_000);
    expect(await rig.app.isAcceptedByAll(today)).toBe(false);
    await rig.clock.advance(1_000);
    expect(await rig.app.isAcceptedByAll(today)).toBe(true);
  });

  test("without a coordination store there is no answer", async () => {
    const { coordination: _, ...broker } = memory({
      storage: createMemoryStorage({ clock: createVirtualClock() }),
    });
    await expect(createApp({ tasks: [today], broker }).isAcceptedByAll(today)).rejects.toMatchObject({
      code: "unsupported",
      feature: "workers",
    });
  });

  test("so the guide's producer sends the new parameter after the last old worker has gone", async () => {
    const seen: unknown[] = [];
    const rig = createRig({
      tasks: [resize],
      handlers: [handle(resize, (params) => void seen.push(params))],
    });
    const old = [{ name: "resize", sig: "file", schema: "0123456789abcdef" }];
    await announce(rig, { tasks: old });
    rig.start({ identity: "host:1" });
    await rig.clock.advance(100);
    await sendResize(rig.app, "a.png", 100);
    await rig.clock.advance(30_000);
    await sendResize(rig.app, "b.png", 200);
    await rig.clock.advance(100);
    expect(seen).toEqual([{ file: "a.png" }, { file: "b.png", width: 200 }]);
  });

  test("what is no task is refused by name", async () => {
    const { app } = await deployed();
    await expect(app.isAcceptedByAll("work" as never)).rejects.toThrow("app.isAcceptedByAll: the task");
  });
});
