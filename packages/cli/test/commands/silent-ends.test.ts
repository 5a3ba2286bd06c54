import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

const APP = readFileSync(fileURLToPath(new URL("../fixtures/project/app.mjs", import.meta.url)), "utf8");

const NEVER = "await new Promise(() => {});\nexport default {};\n";
const EXITS = "process.exit(0);\nexport default {};\n";

/** An app with more code at its beginning. */
function appBehind(code: string): { readonly "app.mjs": string } {
  return { "app.mjs": `${code}\n${APP}` };
}

/** An app with a task whose handler runs `body`. */
const appWith = (body: string) => `import { createApp, defineTask, handle } from "@jobs/core";
const odd = defineTask("odd", {});
export default createApp({ tasks: [odd], handlers: [handle(odd, async () => {
  ${body}
})] });
`;

describe("an end that the command did not ask for", () => {
  it.each([
    { args: ["stats"], app: NEVER, said: /^app\.mjs: loading never ends: a top-level await/ },
    { args: ["worker", "--drain"], app: NEVER, said: /^app\.mjs: loading never ends/ },
    { args: ["worker", "--processes", "2", "--drain"], app: NEVER, said: /app\.mjs: loading never ends/ },
    {
      args: ["run", "odd"],
      app: EXITS,
      said: /^app\.mjs: process\.exit\(0\) was called at \S+app\.mjs:1:9 while/,
    },
    { args: ["worker", "--processes", "2"], app: EXITS, said: /process\.exit\(0\) was called at/ },
    { args: ["enqueue", "odd"], app: EXITS.replace("0", "75"), said: /process\.exit\(75\) was called at/ },
  ])("is exit 78 while the app is loaded: $args", async ({ args, app, said }) => {
    using project = createProject({ "app.mjs": app });
    const { code, stderr } = await project.jobs(args);
    expect({ code, stderr }).toEqual({ code: 78, stderr: expect.stringMatching(said) });
  });

  it("names a configuration file, and a module in TypeScript", async () => {
    using project = createProject({ "jobs.config.mjs": NEVER, "odd.ts": EXITS });
    const config = await project.jobs(["stats"]);
    expect(config).toMatchObject({ code: 78, stderr: expect.stringMatching(/^jobs\.config\.mjs: loading/) });
    const app = await project.jobs(["stats", "--config", "jobs.config.mjs", "--app", "odd.ts"]);
    expect(app.code).toBe(78);
  });

  it.each([
    {
      body: "process.exit(0);",
      said: /^odd has ended before it was done: process\.exit\(0\) was called at \S+app\.mjs:4/,
    },
    {
      body: "await new Promise(() => {});",
      said: /^odd has ended before it was done: nothing was left to wait for/,
    },
    {
      body: 'setImmediate(() => { throw new Error("floating"); }); await new Promise(() => {});',
      said: /an error was thrown/,
    },
  ])("is exit 70 while a job runs: $body", async ({ body, said }) => {
    using project = createProject({ "app.mjs": appWith(body) });
    const { code, stdout, stderr } = await project.jobs(["run", "odd"]);
    expect({ code, stdout, stderr }).toEqual({ code: 70, stdout: "", stderr: expect.stringMatching(said) });
  });

  it("is exit 70 for a worker whose handler ends the process", async () => {
    using project = createProject({ "app.mjs": appWith("process.exit(0);") });
    await project.jobs(["enqueue", "odd"]);
    const { code, stderr } = await project.jobs(["worker", "--drain"]);
    expect({ code, stderr }).toEqual({
      code: 70,
      stderr: expect.stringMatching(
        /the command has ended before it was done: process\.exit\(0\) was called at/,
      ),
    });
  });

  it("is one document with --json", async () => {
    using project = createProject({ "app.mjs": NEVER });
    expect(await project.json(["stats", "--json"])).toEqual({
      error: expect.objectContaining({ code: "invalid_config", hint: expect.any(String) }),
    });
  });

  it.each([
    ["process.exit(0);", "process.exit(0)"],
    ["await new Promise(() => {});", "loading never ends"],
  ])(
    "is reported by the processes of a worker, whose host does not end with success: %s",
    async (end, report) => {
      using project = createProject(appBehind(`if (process.argv.includes("--hosted")) ${end}`));
      const { code, stderr } = await project.jobs(["worker", "--processes", "2"]);
      expect(code).toBe(78);
      expect(stderr).toContain(report);
    },
  );

  it("is none where a worker is asked to stop before its app is loaded", async () => {
    using project = createProject(
      appBehind("console.error('loading'); setInterval(() => {}, 1000); await new Promise(() => {});"),
    );
    const worker = project.start(["worker"]);
    const ended = outcomeOf(worker);
    await hasSaid(worker, "loading");
    worker.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, stderr: "loading\n" });
  });
});
