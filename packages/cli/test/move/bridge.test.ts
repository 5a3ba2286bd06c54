import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf } from "../project.ts";
import { stored } from "./moved-jobs.ts";

const APP = `
import { appendFileSync } from "node:fs";
import { createApp, defineTask, handle } from "@jobs/core";
const note = defineTask("note", { text: "string" });
const parent = defineTask("parent", {});
const write = (text) => appendFileSync("ran.txt", text + "\\n");
export default createApp({
  tasks: [note, parent],
  handlers: [
    handle(note, ({ text }) => write(text)),
    handle(parent, async (_params, ctx) => {
      await ctx.enqueue(note, { text: "child" }, { id: "child", delayMs: 3_600_000 });
      write("parent");
    }),
  ],
});
`;

const OLD = ["--broker", "sqlite:./old.db"];
const NEW = ["--broker", "sqlite:./new.db"];

describe("jobs worker --also", () => {
  it("reads both brokers until the old one is empty; new jobs go to the new one, and flows end on the old one", async () => {
    using project = createProject({ "app.mjs": APP });
    await project.jobs(["enqueue", "parent", ...OLD]);
    await project.jobs(["enqueue", "note", "text=old", "--in", "1s", ...OLD]);
    await project.jobs(["enqueue", "note", "text=first", "--then", "note text=second", ...OLD]);
    const child = project.start(["worker", ...NEW, "--also", "sqlite:./old.db", "--until-empty"]);
    const ended = outcomeOf(child);
    await hasSaid(child, "sqlite: empty, and not read any more.");
    await project.jobs(["enqueue", "note", "text=new", ...NEW]);
    const broker = sqlite({ file: join(project.folder, "new.db") });
    const queue = await broker.openQueue("default");
    while ((await queue.stats()).ready.n !== 0 || (await queue.stats()).leased.n !== 0)
      await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    const ran = readFileSync(join(project.folder, "ran.txt"), "utf8").trim().split("\n");
    expect([...ran].sort()).toEqual(["first", "new", "old", "parent", "second"]);
    expect((await stored(queue)).map(({ messageId, state }) => `${messageId} ${state}`)).toEqual([
      "child delayed",
    ]);
    await broker.close();
    expect(await project.json(["stats", "--json", ...OLD])).toMatchObject({
      queues: [{ ready: { n: 0 }, delayed: { n: 0 } }],
    });
  });

  it("ends with an error if the old broker cannot be opened, and takes no other end than a signal", async () => {
    using project = createProject({ "app.mjs": APP });
    await project.jobs(["enqueue", "note", "text=early", ...NEW]);
    expect(
      (await project.jobs(["worker", ...NEW, "--also", "redis://127.0.0.1:1", "--start-timeout", "1s"])).code,
    ).toBe(69);
    // No job runs before both brokers have answered.
    expect(existsSync(join(project.folder, "ran.txt"))).toBe(false);
    expect((await project.jobs(["worker", ...NEW, "--also", "sqlite:./old.db", "--drain"])).code).toBe(2);
    expect((await project.jobs(["worker", ...NEW, "--until-empty"])).code).toBe(2);
  });
});
