import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

const ENQUEUE = ["enqueue", "my_task", "a=1", "b=2"];

describe("a queue that no task uses", () => {
  it.each([
    { args: ["stats", "--queues", "other", "--rates", "10ms"], queue: "other" },
    { args: [...ENQUEUE, "--queue", "other"], queue: "other" },
    { args: [...ENQUEUE, "--domain", "x"], queue: "default__x" },
    { args: [...ENQUEUE, "--domain", "x", "--dry-run"], queue: "default__x" },
    { args: [...ENQUEUE, "--domain", "x", "--then", "legacy file=a"], queue: "default__x" },
    { args: ["worker", "--queues", "default,other", "--drain"], queue: "other" },
    {
      args: ["move", "--from", "sqlite", "--to", "sqlite:./new.db", "--queues", "other", "--dry-run"],
      queue: "other",
    },
    { args: ["enqueue", "--batch", "-"], queue: "default__x" },
  ])("is warned of once: $args", async ({ args, queue }) => {
    using project = createProject();
    const line = '{"task":"my_task","params":{"a":1,"b":2},"domain":"x"}\n{"task":"unknown","domain":"y"}\n';
    const { stderr } = await project.jobs(args, { input: line + line });
    const warnings = stderr.split("\n").filter((text) => text.includes("no task uses the queue"));
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`\\W${queue}\\W`))]);
  });
});
