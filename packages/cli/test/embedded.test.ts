import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanEnv, createProject, outcomeOf, type TestProject } from "./project.ts";

const APP = `
import { createApp, defineTask, handle } from "@jobs/core";
const task = (name) => defineTask(name, {}, { queue: name });
const tasks = ["by_code", "by_file", "by_env"].map(task);
export default createApp({
  tasks,
  handlers: [handle(tasks, () => {})],
  observers: [(event) => {
    if (event.type === "worker.started") console.log(\`serves \${event.queues}\`);
  }],
});
`;

/** Each serves the queue that code names, unless something stronger names another. */
const PROGRAMS = {
  createHost: `
import { createHost } from "@jobs/host";
const app = new URL("./app.mjs", import.meta.url);
const worker = { queues: ["by_code"], until: { type: "drained" } };
const { exitCode = 0 } = await createHost({ app, processes: 1, worker }).run();
process.exitCode = exitCode;
`,
  "app.worker after configureApp": `
import { configureApp } from "@jobs/cli";
import app from "./app.mjs";
await configureApp(app);
await app.worker({ queues: ["by_code"], until: { type: "drained" } }).run();
await app.close();
`,
};

const FILE = { "jobs.config.mjs": `export default { app: "./app.mjs", worker: { queues: "by_file" } };` };
const ENV = { JOBS_WORKER_QUEUES: "by_env" };

async function run(project: TestProject, env: Readonly<Record<string, string>> = {}) {
  const program = join(project.folder, "main.mjs");
  const child = spawn(process.execPath, [program], {
    cwd: project.folder,
    env: { ...cleanEnv(), ...env },
  });
  return outcomeOf(child);
}

describe.each(Object.entries(PROGRAMS))("%s", (_, program) => {
  it.each([
    ["what code says, where nothing else is said", { "jobs.config.mjs": null }, {}, "by_code"],
    ["the file rather than code", FILE, {}, "by_file"],
    ["the environment rather than file and code", FILE, ENV, "by_env"],
  ])("heeds %s [C14 C20]", async (_title, files, env, queue) => {
    using project = createProject({ "app.mjs": APP, "main.mjs": program, ...files });
    const { code, stdout, stderr } = await run(project, env);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: `serves ${queue}\n` });
  });

  it("ends for a variable that cannot be read, and names it [C18 C20]", async () => {
    using project = createProject({ "app.mjs": APP, "main.mjs": program, ...FILE });
    const { code, stderr } = await run(project, { JOBS_WORKER_LEASE: "soon" });
    expect(code).not.toBe(0);
    expect(stderr).toContain("JOBS_WORKER_LEASE");
  });
});
