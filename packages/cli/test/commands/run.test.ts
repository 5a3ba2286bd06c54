import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

describe("jobs run", () => {
  it("runs a job without a broker and prints its result", async () => {
    using project = createProject();
    expect(await project.jobs(["run", "my_task", "a=1", "b=2"])).toMatchObject({ code: 0, stdout: "3\n" });
    expect(await project.json(["run", "send_mail", "to=x", "--json"])).toEqual({
      task: "send_mail",
      result: "fine",
    });
    const stats = await project.jobs(["run", "my_task", "a=1"]);
    expect(stats).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(/^task "my_task" refused before the run: missing b\./),
    });
  });

  it("a handler that throws is exit 1, without a stack", async () => {
    using project = createProject();
    const failed = await project.jobs(["run", "failing"]);
    expect(failed).toMatchObject({ code: 1, stderr: "failing failed: Error: as asked\\u001b[31m\n" });
    const debugged = await project.jobs(["run", "failing", "--debug"]);
    expect(debugged.stderr).toContain("app.mjs:");
  });
});

describe("jobs tasks", () => {
  it("lists tasks with signatures and settings in force", async () => {
    using project = createProject();
    const { tasks } = await project.json(["tasks", "--json"], { env: { JOBS_TASK_SLOW_TIMEOUT: "off" } });
    expect(tasks).toContainEqual(
      expect.objectContaining({ name: "my_task", signature: "a, b", queue: "default", maxAttempts: 5 }),
    );
    expect(tasks).toContainEqual(expect.objectContaining({ name: "slow", timeoutMs: null }));
    expect((await project.jobs(["tasks"])).stdout).toContain("Adds two numbers.");
  });
});
