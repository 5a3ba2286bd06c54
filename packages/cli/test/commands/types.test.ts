import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { cleanEnv, createProject, outcomeOf, type TestProject } from "../project.ts";
import { compile } from "../types/foreign-project.ts";

/** The owner of the tasks: it has handlers, zod, and a database that the producer shares. */
const OWNER = `import { createApp, defineTask, handle } from "@jobs/core";
import { z } from "zod";
const mail = defineTask("send_email", z.object({
  to: z.email(),
  size: z.enum(["s", "m"]).default("m"),
  tags: z.array(z.string()).optional(),
}), { queue: "mail", onMismatch: "dead" });
export default createApp({ tasks: [mail], handlers: [handle(mail, ({ to, size }) => \`\${to} \${size}\`)] });
`;

/** A producer in another repository: it has the generated file and the database, and no handler. */
const PRODUCER = `import { createApp } from "@jobs/core";
import { sqlite } from "@jobs/adapter-sqlite";
import { tasks } from "./tasks.ts";

const app = createApp({ broker: sqlite({ file: process.env.DATABASE as string }), tasks: Object.values(tasks) });
await app.enqueue(tasks.send_email, { to: "a@b.co", size: "s" }, { id: "right" });
await app.enqueueByName("send_email", { to: "a@b.co" }, { id: "by-name" });
// @ts-expect-error
const wrong = app.enqueue(tasks.send_email, { to: "a@b.co", size: "xl" });
console.log(await wrong.then(() => "sent", (error: Error) => error.message));
await app.close();
`;

/** What the compiler has to refuse. */
const CHECKS = `import type { JobParams, JobRequest } from "./jobs.d.ts";

export const right: JobRequest = { task: "send_email", params: { to: "a@b.co" }, options: { id: "1" } };
export const absent: JobParams["send_email"] = { to: "a@b.co", tags: undefined };
// @ts-expect-error a value that the enum does not have
export const value: JobRequest = { task: "send_email", params: { to: "a@b.co", size: "xl" } };
// @ts-expect-error a name that is missing
export const missing: JobRequest = { task: "send_email", params: { size: "s" } };
// @ts-expect-error a name that nobody declares
export const unexpected: JobRequest = { task: "send_email", params: { to: "a@b.co", cc: "b" } };
// @ts-expect-error an unknown task
export const unknown: JobRequest = { task: "send_emial", params: { to: "a@b.co" } };
`;

async function locked(): Promise<TestProject> {
  const project = createProject({ "app.mjs": OWNER });
  expect(await project.jobs(["lock"])).toMatchObject({ code: 0 });
  return project;
}

/** Runs a module in TypeScript, with packages as they are built. */
async function run(file: string, env: Readonly<Record<string, string>>) {
  const outfile = file.replace(/ts$/, "mjs");
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
  });
  return outcomeOf(spawn(process.execPath, [outfile], { env: { ...cleanEnv(), ...env } }));
}

describe("jobs types", () => {
  it("writes a module by which a producer elsewhere enqueues, typed and checked [W6]", async () => {
    using owner = await locked();
    using producer = createProject({
      "app.mjs": null,
      "jobs.config.mjs": null,
      "package.json": '{ "type": "module" }',
    });
    const from = join(owner.folder, "jobs.lock.json");
    expect(await producer.jobs(["types", "--from", from, "--out", "tasks.ts"])).toMatchObject({
      code: 0,
      stdout: "wrote tasks.ts\n",
    });
    expect(await producer.jobs(["types", "--from", from, "--out", "jobs.d.ts"])).toMatchObject({ code: 0 });
    producer.write("producer.ts", PRODUCER);
    producer.write("checks.ts", CHECKS);
    expect(await compile(producer.folder, ["producer.ts", "checks.ts", "jobs.d.ts"])).toBe("");

    const file = join(owner.folder, ".jobs", "jobs.db");
    const ran = await run(join(producer.folder, "producer.ts"), { DATABASE: file });
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('one of "m", "s"') });
    const report = await owner.json(["worker", "--drain", "--json"]);
    expect(report).toMatchObject({ succeeded: 2, dead: 0 });
  }, 120_000);

  it("prints the same bytes each time, and says whether a file is current", async () => {
    using project = await locked();
    const { stdout: first } = await project.jobs(["types"]);
    expect(first).toContain("export interface JobParams {\n  /** Queue: mail. */\n  readonly send_email: {");
    expect(await project.jobs(["types", "--from", "jobs.lock.json"])).toMatchObject({
      stdout: first,
      stderr: "",
    });
    const check = ["types", "--out", "jobs.d.ts", "--check"];
    expect(await project.jobs(check)).toMatchObject({
      code: 1,
      stdout: "jobs.d.ts is not current; jobs types without --check writes it.\n",
    });
    await project.jobs(["types", "--out", "jobs.d.ts"]);
    expect(readFileSync(join(project.folder, "jobs.d.ts"), "utf8")).toBe(first);
    expect(await project.jobs(check)).toMatchObject({ code: 0, stdout: "jobs.d.ts is current.\n" });
    writeFileSync(join(project.folder, "jobs.d.ts"), `${first}\n`);
    expect(await project.json([...check, "--json"])).toEqual({
      schema: "jobs.types/1",
      format: "dts",
      file: "jobs.d.ts",
      isCurrent: false,
    });
    expect(readFileSync(join(project.folder, "jobs.d.ts"), "utf8")).toBe(`${first}\n`);
  });

  it("writes JSON Schema and AsyncAPI, with what flags say of the queues", async () => {
    using project = await locked();
    const schema = JSON.parse((await project.jobs(["types", "--format", "json-schema"])).stdout);
    expect(schema.$defs.send_email.properties.size).toEqual({ enum: ["m", "s"] });
    const place = ["--broker", "sqs", "--prefix", "acme-"];
    const { stdout } = await project.jobs(["types", "--format", "asyncapi", ...place]);
    expect(JSON.parse(stdout).channels.mail).toMatchObject({
      address: "acme-mail",
      bindings: { sqs: { queue: { name: "acme-mail" } } },
    });
  });

  it.each([
    [["--from", "missing.json"], "there is no missing.json"],
    [["--out", "tasks.json"], "--format is missing"],
    [["--check"], "--check compares a file"],
    [["--out", "no/such/folder/jobs.d.ts"], "cannot be written"],
  ])("refuses %j", async (args, reason) => {
    using project = await locked();
    const { code, stderr } = await project.jobs(["types", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
  });
});
