import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

/** The lines that a worker has logged, its report aside. */
function linesOf(stderr: string): readonly Readonly<Record<string, unknown>>[] {
  return stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg !== undefined);
}

describe("what jobs worker logs", { timeout: 60_000 }, () => {
  it("W5: serves all queues of the tasks it has handlers for, and says which at the start", async () => {
    using project = createProject();
    const { stderr } = await project.jobs(["worker", "--drain", "--log-format", "json"]);
    expect(linesOf(stderr)[0]).toMatchObject({ msg: "worker.started", queues: ["default", "mail"] });
  });

  it("W5: serves only the queues it is told, and says which", async () => {
    using project = createProject();
    const { stderr } = await project.jobs(["worker", "--drain", "--queues", "mail", "--log-format", "json"]);
    expect(linesOf(stderr)[0]).toMatchObject({ msg: "worker.started", queues: ["mail"] });
  });

  it("W13: tells of a failure with task, error and stack, and never with parameters", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "failing", "how=s3cret"]);
    const { stderr } = await project.jobs([
      "worker",
      "--drain",
      "--log-format",
      "json",
      "--log-level",
      "debug",
    ]);
    const failure = linesOf(stderr).find(({ msg }) => msg === "job.failed");
    expect(failure).toMatchObject({
      level: "warn",
      task: "failing",
      attempt: 1,
      error: "Error",
      message: "as asked\\u001b[31m",
      stack: expect.stringContaining("app.mjs"),
    });
    expect(stderr).not.toContain("s3cret");
  });
});
