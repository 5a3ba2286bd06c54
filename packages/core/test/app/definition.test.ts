import { memory } from "@jobs/adapter-memory";
import { describe, expect, test } from "vitest";
import { environmentLayer, resolveConfig } from "../../src/entries/config.ts";
import { createApp, defineSchedule, defineTask, handle } from "../../src/index.ts";

const work = defineTask("work", {});
const other = defineTask("other", {}, { queue: "elsewhere" });
const app = createApp({
  tasks: [work, other],
  handlers: [handle([work, other] as const, (_, ctx) => `own ${ctx.task}`)],
  queuePrefix: "p-",
});

describe("app.with", () => {
  test("gives a fresh app of the same tasks, handlers and settings, with what is given instead", async () => {
    await using fresh = app.with({ broker: memory(), handlers: [handle(work, () => "stand-in")] });
    expect(fresh.config.queuePrefix).toBe("p-");
    expect(await fresh.run("work", {})).toBe("stand-in");
    expect(await fresh.run("other", {})).toBe("own other");
    expect(await fresh.enqueue(work, {})).toMatchObject({ broker: "memory" });
  });

  test("leaves the app it is called on as it is, also one that is open", async () => {
    await using open = app.with({ broker: memory() });
    await open.enqueue(work, {});
    await using fresh = open.with({ broker: memory() });
    expect(fresh.broker).not.toBe(open.broker);
    expect(await (await fresh.queue("default")).stats()).toMatchObject({ ready: { n: 0 } });
    expect(await open.run("work", {})).toBe("own work");
  });

  test("carries on what was replaced before", async () => {
    await using fresh = app.with({ broker: memory() }).with({});
    expect(await fresh.enqueue(work, {})).toMatchObject({ status: "enqueued" });
  });

  test("refuses a stand-in for a task that the app does not have", () => {
    const stranger = handle(defineTask("stranger", {}), () => {});
    expect(() => app.with({ handlers: [stranger] })).toThrow(/"stranger", which is not in this app's tasks/);
  });
});

describe("app.definition", () => {
  test("is frozen, with all that it lists", () => {
    const { definition } = app;
    for (const part of [
      definition,
      definition.schedules,
      definition.around,
      definition.observers,
      definition.runtime,
    ])
      expect(Object.isFrozen(part)).toBe(true);
    expect(() => Object.assign(definition, { broker: memory() })).toThrow(TypeError);
  });

  test("does not change when lists that were given to createApp do", () => {
    const observers = [() => {}];
    const schedules = [defineSchedule("hourly", { everyMs: 3_600_000, task: work, params: {} })];
    const { definition } = createApp({ tasks: [work], observers, schedules });
    observers.pop();
    schedules.pop();
    expect(definition).toMatchObject({ observers: [expect.any(Function)], schedules: [{ name: "hourly" }] });
  });

  test("does not change when the app is opened, used and closed", async () => {
    const opened = app.with({ broker: memory() });
    const { definition } = opened;
    const before = { ...definition };
    await opened.enqueue(work, {});
    await opened.close();
    expect(opened.definition).toBe(definition);
    expect({ ...definition }).toEqual(before);
  });

  test("with gives another one, and leaves it as it is", () => {
    const { definition } = app;
    const before = { ...definition };
    const broker = memory();
    const config = resolveConfig([
      environmentLayer({ JOBS_QUEUE_PREFIX: "q-" }),
      ...definition.config.layers,
    ]);
    const schedule = defineSchedule("hourly", { everyMs: 3_600_000, task: work, params: {} });
    const replaced = definition.with({ broker, config, schedules: [schedule] });
    expect(replaced).toMatchObject({
      broker: { kind: "memory" },
      config: { queuePrefix: "q-" },
      schedules: [schedule],
    });
    expect(replaced.tasks).toBe(definition.tasks);
    expect({ ...definition }).toEqual(before);
    expect(definition).toMatchObject({ broker: undefined, config: { queuePrefix: "p-" }, schedules: [] });
  });

  test("lists the queues of tasks, of the app and of the monitor", () => {
    const named = createApp({ tasks: [work, other], queues: ["extra"], monitor: "watch" });
    expect(named.queues).toEqual(["default", "elsewhere", "extra", "watch"]);
  });
});
