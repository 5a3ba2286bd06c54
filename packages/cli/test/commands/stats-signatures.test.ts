import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

/** Another release, whose task has one parameter more. */
const OLDER = `import { createApp, defineTask } from "@jobs/core";
const task = defineTask("my_task", { a: "integer", b: "integer?", c: "string?" });
const gone = defineTask("gone", {});
export default createApp({ tasks: [task, gone] });
`;

describe("jobs stats --signatures", () => {
  it("counts the waiting jobs by task and signature, and marks those of another release", async () => {
    using project = createProject({ "older.ts": OLDER });
    expect((await project.jobs(["stats", "--signatures"])).stdout).toBe("no jobs wait\n");
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    await project.jobs(["enqueue", "my_task", "a=1", "--app", "older.ts"]);
    await project.jobs(["enqueue", "my_task", "a=1", "c=x", "--app", "older.ts"]);
    await project.jobs(["enqueue", "gone", "--in", "1h", "--app", "older.ts"]);
    const report = await project.json(["stats", "--signatures", "--queues", "default", "--json"]);
    expect(report).toEqual({
      schema: "jobs.signatures/1",
      broker: "sqlite",
      queues: [
        {
          name: "default",
          isComplete: true,
          signatures: [
            { state: "ready", task: "my_task", sig: "a,b?,c?", count: 2, isCurrent: false },
            { state: "ready", task: "my_task", sig: "a,b", count: 1, isCurrent: true },
            { state: "delayed", task: "gone", sig: "", count: 1, isCurrent: null },
          ],
        },
      ],
    });
    const table = await project.jobs(["stats", "--signatures", "--sample", "1", "--queues", "default"]);
    expect(table.stdout).toBe(
      "QUEUE    STATE    COUNT  TASK     SIGNATURE\n" +
        "default  ready        1  my_task  a,b\n" +
        "default  delayed      1  gone\n" +
        "(default: only the first jobs of each state)\n",
    );
  });

  it("needs --signatures for a sample, and has no rates", async () => {
    using project = createProject();
    expect((await project.jobs(["stats", "--sample", "5"])).code).toBe(2);
    expect((await project.jobs(["stats", "--signatures", "--watch"])).code).toBe(2);
  });
});
