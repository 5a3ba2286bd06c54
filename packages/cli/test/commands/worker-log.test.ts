import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

const SECRET_APP = `
import { createApp, defineTask, handle } from "@jobs/core";
const signIn = defineTask("sign_in", { user: "string", password: "string" }, { redact: ["password"], maxAttempts: 1 });
export default createApp({
  tasks: [signIn],
  monitor: "monitor",
  handlers: [handle(signIn, () => { throw new Error("not today"); })],
});
`;

/** The lines that a worker has logged, its report aside. */
function linesOf(stderr: string): readonly Readonly<Record<string, unknown>>[] {
  return stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg !== undefined);
}

describe("what jobs worker logs", () => {
  it("serves all queues of the tasks it has handlers for, and says which at the start [W5]", async () => {
    using project = createProject();
    const { stderr } = await project.jobs(["worker", "--drain", "--log-format", "json"]);
    expect(linesOf(stderr)[0]).toMatchObject({ msg: "worker.started", queues: ["default", "mail"] });
  });

  it("serves only the queues it is told, and says which [W5]", async () => {
    using project = createProject();
    const { stderr } = await project.jobs(["worker", "--drain", "--queues", "mail", "--log-format", "json"]);
    expect(linesOf(stderr)[0]).toMatchObject({ msg: "worker.started", queues: ["mail"] });
  });

  it("tells of a failure with task, error and stack, and never with parameters [W13]", async () => {
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
      err: {
        type: "Error",
        message: "as asked\\u001b[31m",
        stack: expect.stringMatching(/\n +at .*app\.mjs/),
      },
    });
    expect(stderr).not.toContain("s3cret");
  });

  it("tells of a failure with its parameters where that is switched on, but for redacted ones [W13]", async () => {
    using project = createProject({ "app.mjs": SECRET_APP });
    await project.jobs(["enqueue", "sign_in", "user=ann", "password=s3cret"]);
    const env = { JOBS_TASK_SIGN_IN_LOG_PARAMS: "true", JOBS_MONITOR: "monitor" };
    const args = ["worker", "--drain", "--log-format", "json", "--log-level", "debug"];
    const { stderr } = await project.jobs(args, { env });
    expect(linesOf(stderr).find(({ msg }) => msg === "job.failed")).toMatchObject({
      task: "sign_in",
      err: { type: "Error", stack: expect.stringContaining("app.mjs") },
      params: { user: "ann", password: "[redacted]" },
    });
    expect(stderr).not.toContain("s3cret");
    const events = await project.jobs(["events", "--json"]);
    expect(events.stdout).toContain("job.failed");
    expect(events.stdout).not.toContain("params");
  });
});
