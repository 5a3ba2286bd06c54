import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

const APP = readFileSync(fileURLToPath(new URL("../fixtures/project/app.mjs", import.meta.url)), "utf8");

const IDLE = "the command is not done, and nothing is left that could go on with it";

/** An app with more code at its beginning. */
function appWith(code: string): { readonly "app.mjs": string } {
  return { "app.mjs": `${code}\n${APP}` };
}

describe("an end that the command has not decided", () => {
  it.each([["stats"], ["worker"], ["enqueue", "my_task", "a=1", "b=2"], ["doctor"]])(
    "jobs %s reports an app whose top-level await never settles",
    async (...args) => {
      using project = createProject(appWith("await new Promise(() => {});"));
      const { code, stdout, stderr } = await project.jobs(args);
      expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
      expect(stderr).toContain(IDLE);
    },
  );

  it.each([0, 3])("reports process.exit(%d) of the app, and never as a success", async (status) => {
    using project = createProject(appWith(`process.exit(${status});`));
    const { code, stderr } = await project.jobs(["stats"]);
    expect(code).toBe(status || 70);
    expect(stderr).toContain(`code of the app called process.exit(${status}) before the command was done`);
  });

  it("is one document with --json", async () => {
    using project = createProject(appWith("process.exit(0);"));
    const { code, stdout } = await project.jobs(["stats", "--json"]);
    expect(code).toBe(70);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "internal" } });
  });

  it("is reported by a worker whose handler calls process.exit(0), and its job runs again", async () => {
    using project = createProject({ "app.mjs": APP.replace('() => "fine"', "() => process.exit(0)") });
    await project.jobs(["enqueue", "send_mail", "to=a@b.c"]);
    const { code, stderr } = await project.jobs(["worker", "--drain"]);
    expect(code).toBe(70);
    expect(stderr).toContain("process.exit(0)");
    const { queues } = await project.json(["stats", "--json"]);
    expect(queues).toContainEqual(expect.objectContaining({ name: "mail", leased: { n: 1, exact: true } }));
  });

  it.each([
    ["process.exit(0);", "process.exit(0)"],
    ["await new Promise(() => {});", IDLE],
  ])(
    "is reported by the processes of a worker, whose host does not end with success: %s",
    async (end, report) => {
      using project = createProject(appWith(`if (process.argv.includes("--hosted")) ${end}`));
      const { code, stderr } = await project.jobs(["worker", "--processes", "2"]);
      expect(code).toBe(70);
      expect(stderr).toContain(report);
    },
  );

  it("is not reported after an uncaught error, which Node prints", async () => {
    using project = createProject(
      appWith("setTimeout(() => { throw new Error('boom'); }); await new Promise(() => {});"),
    );
    const { code, stderr } = await project.jobs(["stats"]);
    expect(code).toBe(1);
    expect(stderr).toContain("boom");
    expect(stderr).not.toContain("before the command was done");
  });

  it("is none where a worker is asked to stop before its app is loaded", async () => {
    using project = createProject(
      appWith("console.error('loading'); setInterval(() => {}, 1000); await new Promise(() => {});"),
    );
    const worker = project.start(["worker"]);
    const ended = outcomeOf(worker);
    await hasSaid(worker, "loading");
    worker.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, stderr: "loading\n" });
  });
});
