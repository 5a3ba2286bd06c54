import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

/** The release before: another parameter, a task that is gone, and a schedule made at run time. */
const OLDER = `import { createApp, defineTask } from "@jobs/core";
const task = defineTask("my_task", { a: "integer", b: "integer?", c: "string?" });
const gone = defineTask("gone", {});
export default createApp({ tasks: [task, gone], storedSchedules: true });
`;

const SECRET = "secret-c";

describe("jobs check --live", () => {
  it("says what would not run, why, and how many jobs; it changes nothing", async () => {
    using project = createProject({ "older.ts": OLDER });
    const older = ["--app", "older.ts"];
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const fits = await project.jobs(["check", "--live"]);
    expect(fits).toEqual({
      code: 0,
      stdout:
        "QUEUE    STATE  JOBS  REFUSED  TASK     SIGNATURE\n" +
        "default  ready     1        0  my_task  a,b\n" +
        "checked 1 job: all fit.\n",
      stderr: "",
    });
    const sent = await project.json(["enqueue", "my_task", "a=1", "b=2", `c=${SECRET}`, "--json", ...older]);
    await project.jobs(["enqueue", "gone", "--in", "1h", ...older]);
    const stored = await project.json(["list", "--json"]);
    const { code, stdout } = await project.jobs(["check", "--live", "--queues", "default"]);
    expect(code).toBe(1);
    expect(stdout.split("\n").slice(4)).toEqual([
      `default ready my_task: 1 held, /c unexpected; such as ${sent.id}`,
      expect.stringContaining("default delayed gone: 1 held, this release has no such task"),
      "checked 3 jobs: 2 would be held or dead.",
      "",
    ]);
    expect(await project.json(["list", "--json"])).toEqual(stored);
    const report = await project.json(["check", "--live", "--json", "--state", "delayed"]);
    expect(report).toMatchObject({ schema: "jobs.check/1", broker: "sqlite", isOk: false, refused: 1 });
    expect(stdout + JSON.stringify(report)).not.toContain(SECRET);
  });

  it("needs to be told what to check, and either a sample or all", async () => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["check"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("jobs check --live")]);
    expect((await project.jobs(["check", "--live", "--all", "--sample", "1"])).code).toBe(2);
  });

  it("reads no more than the sample", async () => {
    using project = createProject();
    for (const a of ["1", "2"]) await project.jobs(["enqueue", "my_task", `a=${a}`, "b=2"]);
    const { code, stdout } = await project.jobs(["check", "--live", "--sample", "1"]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("(default: not all jobs were read)\nchecked 1 job: all fit."),
    ]);
  });
});
