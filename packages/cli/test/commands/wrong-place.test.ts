import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, outcomeOf } from "../project.ts";

const NO_CONFIG = { "jobs.config.mjs": null, "app.mjs": null };
const READING = [
  ["stats"],
  ["doctor"],
  ["dlq", "list"],
  ["list"],
  ["workers"],
  ["queue", "pause", "default"],
  ["queue", "resume", "default"],
  ["queue", "purge", "default", "--yes"],
  ["queue", "purge", "default", "--dry-run"],
];

describe("a place where nothing was ever stored", { timeout: 120_000 }, () => {
  it.each(READING)("without a configuration it is refused by %s %s, and stays as it is", async (...args) => {
    using project = createProject(NO_CONFIG);
    const { code, stderr } = await project.jobs(args);
    expect(code, stderr).toBe(78);
    expect(stderr).toMatch(/nothing is there yet: .*\.jobs\/jobs\.db does not exist/);
    expect(readdirSync(project.folder)).toEqual([]);
  });

  it.each([
    ["result", "x"],
    ["events"],
    ["monitor", "--to", "ndjson", "--drain"],
    ["enqueue", "t", "--untyped"],
  ])("nor is one made by %s", async (...args) => {
    using project = createProject(NO_CONFIG);
    const { code, stderr } = await project.jobs(args);
    expect(code, stderr).toBe(78);
    expect(stderr).toMatch(/nothing is there yet: .*, and there is no jobs\.config\.\* in /);
    expect(readdirSync(project.folder)).toEqual([]);
  });

  it("a store of results that is named is told by result, and stays as it is", async () => {
    using project = createProject(NO_CONFIG);
    const { code, stderr } = await project.jobs(["result", "x", "--results", "sqlite:r.db"]);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/warning: nothing is there yet: .*r\.db does not exist/);
    expect(readdirSync(project.folder)).toEqual([]);
  });

  it.each(READING.slice(0, 5))(
    "with a configuration it is told by %s %s, and stays as it is",
    async (...args) => {
      using project = createProject();
      const { code, stderr } = await project.jobs(args);
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/warning: nothing is there yet: .*\.jobs\/jobs\.db does not exist/);
      expect(existsSync(join(project.folder, ".jobs"))).toBe(false);
    },
  );
});

const OWN_BROKER = `import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";
export const welcome = defineTask("welcome", {});
export default createApp({ broker: sqlite({ file: ".jobs/jobs.db" }), tasks: [welcome], handlers: [handle(welcome, () => 1)] });
`;
const PRODUCER = `import app, { welcome } from "./app.mjs";
await app.enqueue(welcome, {});
await app.close();
`;

describe("one database for a project", () => {
  it("is used by the command, by Node, and from a folder below", async () => {
    using project = createProject({ "app.mjs": OWN_BROKER, "producer.mjs": PRODUCER });
    const sub = join(project.folder, "sub");
    mkdirSync(sub);
    for (const cwd of [project.folder, sub]) {
      const produced = await outcomeOf(
        spawn(process.execPath, [join(project.folder, "producer.mjs")], { cwd }),
      );
      expect(produced, produced.stderr).toMatchObject({ code: 0 });
    }
    await project.jobs(["enqueue", "welcome"], { cwd: "sub" });
    const elsewhere = ["enqueue", "welcome", "--config", join(project.folder, "jobs.config.mjs")];
    const outside = createProject(NO_CONFIG);
    expect(await outside.jobs(elsewhere)).toMatchObject({ code: 0 });
    expect(readdirSync(outside.folder)).toEqual([]);
    outside[Symbol.dispose]();
    expect(await project.json(["stats", "--json"])).toMatchObject({ queues: [{ ready: { n: 4 } }] });
    expect(readdirSync(sub)).toEqual([]);
  });
});

describe("a queue that no task uses", () => {
  it.each([
    [["stats", "--queues", "nope"]],
    [["doctor", "--queues", "nope"]],
    [["queue", "pause", "nope"]],
    [["queue", "resume", "nope"]],
    [["queue", "purge", "nope", "--yes"]],
    [["list", "--queue", "nope"]],
    [["dlq", "list", "--queues", "nope"]],
    [["enqueue", "my_task", "a=1", "b=2", "--queue", "nope"]],
    [["enqueue", "my_task", "a=1", "b=2", "--queue", "nope", "--dry-run"]],
    [["enqueue", "my_task", "a=1", "b=2", "--queue", "nope", "--then", "my_task a=1 b=2"]],
  ])("is told by %j", async (args) => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const { stderr } = await project.jobs(args);
    expect(stderr).toContain('warning: no task uses the queue "nope". Queues in use: default, mail.');
  });

  it("is told once for a batch, whatever number of lines name it", async () => {
    using project = createProject();
    const line = (queue: string) => JSON.stringify({ task: "my_task", params: { a: 1, b: 2 }, queue });
    const input = [line("nope"), line("mail"), line("nope"), line("maill")].join("\n");
    const { stderr } = await project.jobs(["enqueue", "--batch", "-"], { input });
    expect(stderr.match(/warning: no task uses the queue .*/g)).toEqual([
      'warning: no task uses the queue "nope". Queues in use: default, mail.',
      'warning: no task uses the queue "maill". Did you mean mail?',
    ]);
  });

  it("is not told of the task's own queue", async () => {
    using project = createProject();
    expect((await project.jobs(["enqueue", "my_task", "a=1", "b=2"])).stderr).not.toContain(
      "warning: no task",
    );
  });
});
