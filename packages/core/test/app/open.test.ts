import { memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, it, test } from "vitest";
import type { Broker } from "../../src/entries/broker.ts";
import { bindApp } from "../../src/entries/config.ts";
import { type App, createApp, defineSchedule, defineTask, handle, step } from "../../src/index.ts";

const work = defineTask("work", {});
const schedule = defineSchedule("hourly", { everyMs: 3_600_000, task: work, params: {} });

/** A memory broker that writes down every call that it or its coordination store gets. */
function watchedBroker(): { readonly broker: Broker; readonly calls: string[] } {
  const calls: string[] = [];
  const watch = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name);
        if (name === "coordination" && typeof value === "object" && value !== null)
          return watch(value, "coordination.");
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          calls.push(`${prefix}${String(name)}`);
          return value.apply(object, args);
        };
      },
    });
  return { broker: watch(memory(), ""), calls };
}

function watchedApp() {
  const { broker, calls } = watchedBroker();
  const app = createApp({
    tasks: [work],
    handlers: [handle(work, () => {})],
    schedules: [schedule],
    results: memoryResults(),
    monitor: "monitor",
    broker,
  });
  return { app, calls };
}

/** Names of all properties of an object and its prototypes, without those that every object has. */
function propertiesOf(object: object): readonly PropertyKey[] {
  const own = Reflect.ownKeys(object);
  const parent: unknown = Object.getPrototypeOf(object);
  if (typeof parent !== "object" || parent === null || parent === Object.prototype) return own;
  return [...own, ...propertiesOf(parent)];
}

/** Reads everything that can be read from an app, two levels deep. */
function readAll(app: App): readonly PropertyKey[] {
  const read = propertiesOf(app);
  for (const name of read) {
    const value: unknown = Reflect.get(app, name);
    if (typeof value !== "object" || value === null) continue;
    for (const inner of propertiesOf(value)) Reflect.get(value, inner);
  }
  return read;
}

describe("an app", () => {
  it("is not opened by reading any of its properties, nor by what opens nothing", () => {
    const { app, calls } = watchedApp();
    const read = readAll(app);
    expect(read).toEqual(
      expect.arrayContaining([
        "definition",
        "tasks",
        "config",
        "broker",
        "results",
        "queues",
        "schedules",
        "enqueue",
      ]),
    );
    app.observe(() => {});
    app.with({});
    expect(calls).toEqual([]);
    // Only an app that is not open can be bound.
    bindApp(app, app.definition.with({}));
  });

  it("runs a job here and now without being opened", async () => {
    const { app, calls } = watchedApp();
    await app.run("work", {});
    await app.result("unknown");
    expect(calls).toEqual([]);
    bindApp(app, app.definition.with({}));
  });

  it.each<[string, (app: App) => unknown]>([
    ["app.enqueue", (app) => app.enqueue(work, {})],
    ["app.enqueueByName", (app) => app.enqueueByName("work", {} as never)],
    ["app.enqueueMany", (app) => app.enqueueMany([])],
    ["app.start", (app) => app.start(step(work, {}))],
    ["app.cancel", (app) => app.cancel("id")],
    ["app.worker", (app) => app.worker()],
    ["app.workers", (app) => app.workers()],
    ["app.jobLog", (app) => app.jobLog("id")],
    ["app.schedules.list", (app) => app.schedules.list()],
    ["app.queue", (app) => app.queue("default")],
    ["app.ready", (app) => app.ready()],
    ["app.stats", (app) => app.stats("default")],
    ["app.pause", (app) => app.pause("default")],
    ["app.resume", (app) => app.resume("default")],
  ])("is opened by %s, and says so to whoever comes too late with settings", async (name, call) => {
    const { app } = watchedApp();
    await call(app);
    expect(() => bindApp(app, app.definition.with({}))).toThrow(
      `settings came too late for the app: ${name} has`,
    );
    await app.close();
  });

  it("says at every call that it has no broker, and can be given one after that", async () => {
    const app = createApp({ tasks: [work] });
    expect(app.broker).toBeUndefined();
    await expect(app.enqueue(work, {})).rejects.toMatchObject({
      code: "invalid_config",
      message: /no broker/,
    });
    await expect(app.schedules.list()).rejects.toMatchObject({ code: "invalid_config" });
    expect(() => app.worker()).toThrow(/no broker/);
    bindApp(app, app.definition.with({ broker: memory() }));
    expect(await app.enqueue(work, {})).toMatchObject({ status: "enqueued" });
    await app.close();
  });

  it("wraps a broker once, however many apps it goes through", () => {
    const { app } = watchedApp();
    expect(app.with({}).broker).toBe(app.broker);
    const { broker } = app;
    expect(createApp({ tasks: [work], ...(broker && { broker }) }).broker).toBe(broker);
  });
});

describe("two apps of one definition", () => {
  test("are opened one by one, each with what it observes", async () => {
    const { app, calls } = watchedApp();
    const seen: string[] = [];
    app.observe(({ type }) => seen.push(type));
    await using second = app.with({});
    await second.enqueue(work, {});
    expect(calls).toContain("openQueue");
    expect(seen).toEqual([]);
    // Still not open itself.
    bindApp(app, app.definition.with({ broker: memory() }));
    expect(await (await app.queue("default")).stats()).toMatchObject({ ready: { n: 0 } });
    await app.close();
  });
});

describe("close", () => {
  it("closes the broker of an open app once, however often it is called", async () => {
    const { app, calls } = watchedApp();
    await app.enqueue(work, {});
    await Promise.all([app.close(), app.close()]);
    await app[Symbol.asyncDispose]();
    expect(calls.filter((call) => call === "close")).toHaveLength(1);
  });

  it("sends what the monitor has not heard before it closes the broker", async () => {
    const { app, calls } = watchedApp();
    await app.enqueue(work, {});
    await app.close();
    expect(calls.filter((call) => ["openQueue", "close"].includes(call))).toEqual([
      "openQueue",
      "openQueue",
      "close",
    ]);
  });

  it("leaves the broker of an app that was never opened alone, and the app closed", async () => {
    const { app, calls } = watchedApp();
    await app.close();
    expect(calls).toEqual([]);
    await expect(app.enqueue(work, {})).rejects.toMatchObject({
      code: "invalid_config",
      message: "app.enqueue: the app is closed.",
    });
    expect(() => bindApp(app, app.definition.with({}))).toThrow("the app is closed");
  });

  it("is for good: an open app that was closed answers that its broker is closed", async () => {
    const { app } = watchedApp();
    await app.enqueue(work, {});
    await app.close();
    await expect(app.enqueue(work, {})).rejects.toMatchObject({ code: "broker_unavailable" });
  });
});
