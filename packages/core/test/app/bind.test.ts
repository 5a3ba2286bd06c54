import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, it, vi } from "vitest";
import { bindApp } from "../../src/entries/config.ts";
import { dryRun } from "../../src/entries/runtime.ts";
import { type App, createApp, defineTask, handle, type LifecycleEvent } from "../../src/index.ts";

const work = defineTask("work", {});
const child = defineTask("child", {}, { queue: "children" });

/** An app as a module has it: its handler uses the app that it was written beside. */
function moduleApp(): App {
  const app: App = createApp({
    tasks: [work, child],
    broker: memory(),
    handlers: [handle(work, async () => void (await app.enqueue(child, {}))), handle(child, () => {})],
  });
  return app;
}

describe("bindApp", () => {
  it("makes handlers that import the app work on the broker of the process", async () => {
    const app = moduleApp();
    const storage = createMemoryStorage();
    const own = app.broker;
    bindApp(app, app.definition.with({ broker: memory({ storage }) }));
    await app.enqueue(work, {});
    const report = await app
      .worker({ queues: ["default"], until: { type: "drained" }, ownsProcess: false })
      .run();
    expect(report).toMatchObject({ succeeded: 1 });
    expect(await app.stats("children")).toMatchObject({ ready: { n: 1 } });
    // In the storage of the process, not in the one that the module wrote.
    await using other = createApp({ tasks: [], broker: memory({ storage }) });
    expect(await other.stats("children")).toMatchObject({ ready: { n: 1 } });
    expect(await (await own?.openQueue("children"))?.stats()).toMatchObject({ ready: { n: 0 } });
    await app.close();
  });

  it("leaves the definition that the module wrote as it is", async () => {
    const app = moduleApp();
    const { definition } = app;
    const before = { ...definition };
    const results = memoryResults();
    bindApp(app, definition.with({ results }));
    expect({ ...definition }).toEqual(before);
    expect(app.definition).not.toBe(definition);
    await results.put(
      { id: "1", task: "t", queue: "q", status: "succeeded", attempt: 1, finishedAt: 1 },
      1_000,
    );
    expect(await app.result("1")).toMatchObject({ id: "1" });
  });

  it("keeps observers that were added before", async () => {
    const app = moduleApp();
    const events: LifecycleEvent["type"][] = [];
    app.observe(({ type }) => events.push(type));
    bindApp(app, app.definition.with({ broker: memory() }));
    await app.enqueue(child, {});
    expect(events).toEqual(["job.enqueued"]);
    await app.close();
  });

  it("binds once", () => {
    const app = moduleApp();
    bindApp(app, app.definition.with({}));
    expect(() => bindApp(app, app.definition.with({}))).toThrow("already has its settings");
  });

  it("reaches an app of another copy of core, as the command's own may be", async () => {
    const app = moduleApp();
    vi.resetModules();
    const copy = await import("../../src/entries/config.ts");
    expect(copy.bindApp).not.toBe(bindApp);
    copy.bindApp(app, app.definition.with({ broker: memory() }));
    expect(() => bindApp(app, app.definition)).toThrow("already has its settings");
  });

  it("refuses another app's definition, and what is no app", () => {
    const app = moduleApp();
    expect(() => bindApp(app, moduleApp().definition)).toThrow("the definition belongs to another app");
    expect(() => bindApp({} as App, app.definition)).toThrow("must be an app made by createApp");
    // A refused one changes nothing.
    bindApp(app, app.definition.with({}));
  });

  it("makes a dry run dry for handlers that import the app, too", async () => {
    const app = moduleApp();
    const storage = createMemoryStorage();
    bindApp(app, dryRun(app.definition.with({ broker: memory({ storage }) })));
    await app.run("work", {});
    expect(await app.enqueue(work, {})).toMatchObject({ status: "duplicate" });
    expect(await app.stats("children")).toMatchObject({ ready: { n: 0 } });
    await app.close();
  });
});
