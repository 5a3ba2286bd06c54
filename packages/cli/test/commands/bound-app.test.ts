import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

const CONFIG = { "jobs.config.mjs": `export default { app: "./app.mjs" };` };

/** A handler that uses the app of its own module, whose broker is not the one that flags name. */
const PARENT = `
import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";
const parent = defineTask("parent", {});
const child = defineTask("child", {}, { queue: "children" });
const app = createApp({
  broker: memory(),
  tasks: [parent, child],
  handlers: [handle(parent, () => app.enqueue(child, {}))],
});
export default app;
`;

/** A module that sends a job while it is loaded. */
const EAGER = `
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask } from "@jobs/core";
const work = defineTask("work", {});
const app = createApp({ broker: sqlite({ file: "own.db" }), tasks: [work] });
await app.enqueue(work, {});
export default app;
`;

/** A module that lays settings over its app by itself. */
const SELF_BOUND = `
import { configureApp } from "@jobs/cli";
import { createApp } from "@jobs/core";
const app = createApp({ tasks: [] });
await configureApp(app);
export default app;
`;

describe("an app under the command", () => {
  it("is on the broker that flags name for handlers that import it, too", async () => {
    using project = createProject({ "app.mjs": PARENT, ...CONFIG });
    const broker = ["--broker", "sqlite:named.db"];
    await project.jobs(["enqueue", "parent", ...broker]);
    const worked = await project.jobs(["worker", "--queues", "default", "--drain", ...broker]);
    expect(worked).toMatchObject({ code: 0 });
    expect(await project.json(["stats", "--json", ...broker])).toMatchObject({
      broker: "sqlite",
      queues: [{ name: "children", ready: { n: 1 } }, { name: "default" }],
    });
  });

  it("that its own module has opened is refused, with the call that opened it", async () => {
    using project = createProject({ "app.mjs": EAGER, ...CONFIG });
    const { code, stderr } = await project.jobs(["worker", "--drain"]);
    expect(code).toBe(78);
    expect(stderr).toContain("settings came too late for the app: app.enqueue has opened it");
    expect(stderr).toContain("Do not use the app while its module is loaded");
  });

  it("that its own module uses before flags give it a broker says when they count", async () => {
    const eager = EAGER.replace('broker: sqlite({ file: "own.db" }), ', "");
    using project = createProject({ "app.mjs": eager, ...CONFIG });
    const { code, stderr } = await project.jobs(["worker", "--drain", "--broker", "sqlite:named.db"]);
    expect(code).toBe(78);
    expect(stderr).toContain("app.mjs:6: this app has no broker.");
    expect(stderr).toContain("apply only after the app's module is loaded");
  });

  it("to which its own module has given settings is refused, with what to do", async () => {
    using project = createProject({ "app.mjs": SELF_BOUND, ...CONFIG });
    const { code, stderr } = await project.jobs(["tasks"]);
    expect(code).toBe(78);
    expect(stderr).toContain("the app already has its settings");
    expect(stderr).toContain("do not call configureApp in a module that they load");
  });
});
