import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import commands from "../golden/commands.json" with { type: "json" };
import { createProject, type TestProject } from "../project.ts";

const CONFIG = `
import { memory } from "@jobs/adapter-memory";
const no = { groups: false, pause: false, purge: false, redrive: false, remove: false, priority: false, delay: { maxMs: 1000, nativeMs: 1000 } };
const broker = { ...memory({ capabilities: no }), coordination: undefined, reach: "machine" };
export default { app: "./app.mjs", broker };
`;

/** What a real run refuses. */
const REFUSED: readonly (readonly string[])[] = [
  ["enqueue", "my_task", "a=1"],
  ["enqueue", "my_tsk"],
  ["enqueue", "my_task", "a=1", "b=2", "--priority", "50"],
  ["enqueue", "my_task", "a=1", "b=2", "--priority", "5"],
  ["enqueue", "my_task", "a=1", "b=2", "--queue", "bad name"],
  ["enqueue", "my_task", "a=1", "b=2", "--queue", "x".repeat(90)],
  ["enqueue", "my_task", "a=1", "b=2", "--domain", "a b"],
  ["enqueue", "my_task", "a=1", "b=2", "--id="],
  ["enqueue", "my_task", "a=1", "b=2", "--id", "a b"],
  ["enqueue", "my_task", "a=1", "b=2", "--in", "1d"],
  ["enqueue", "my_task", "a=1", "b=2", "--group", "g"],
  ["enqueue", "my_task", "a=1", "b=2", "--expires", "0s"],
  ["enqueue", "my_task", "a=1", "b=2", "--attempts", "0"],
  ["enqueue", "any", "a=1", "--untyped", "--priority", "5"],
  ["enqueue", "my_task", "a=1", "b=2", "--priority", "5", "--then", "legacy file=x"],
  ["enqueue", "my_task", "a=1", "b=2", "--then", "legacy fil=x"],
  ["enqueue", "my_task", "a=1", "b=2", "--then", "legacy file=x file<."],
  ["enqueue", "my_task", "a=1", "b=2", "--then", "legacy file<a file<b"],
  ["enqueue", "my_task", "a=1", "b=2", "--then", "send_mail to<. vip=maybe"],
  ["enqueue", "--batch", "bad.ndjson"],
  ["queue", "pause", "mail"],
  ["queue", "resume", "mail"],
  ["queue", "purge", "mail", "--yes"],
  ["queue", "purge", "bad name", "--yes"],
  ["cancel", "no such id"],
  ["init", "new", "--broker", "kafka"],
  ["schedule", "pause", "nope"],
  ["schedule", "resume", "nope"],
  ["schedule", "run", "nope"],
  ["dlq", "retry", "--all", "--queues", "bad name"],
  ["dlq", "retry", "--all", "--to", "bad name"],
  ["schema", "migrate", "--yes"],
];

/** What a real run changes. */
const CHANGES: readonly (readonly string[])[] = [
  ["enqueue", "my_task", "a=1", "b=2"],
  ["enqueue", "my_task", "a=1", "b=2", "--then", "legacy file=x"],
  ["queue", "pause", "default"],
  ["queue", "purge", "default"],
  ["cancel", "waiting"],
  ["dlq", "retry", "--all"],
  ["dlq", "rm", "--all"],
  ["move", "--from", "sqlite", "--to", "sqlite:./elsewhere.db", "--queues", "default"],
];

const BATCH = [
  { task: "my_task", params: { a: 1, b: 2 }, priority: 50 },
  { task: "my_task", params: { a: 1, b: 2 }, queue: "bad name" },
  { task: "my_task", params: { a: 1, b: 2 }, id: "" },
  { task: "my_task", params: { a: 1, b: 2 }, delayMs: 86_400_000 },
  { task: "my_task", params: { a: 1, b: 2 }, groupKey: "g" },
  { task: "my_task", params: { a: 1, b: 2 }, expiresInMs: -1 },
  { task: "my_task", params: { a: 1, b: 2 }, maxAttempts: 1.5 },
];

function refusing(): TestProject {
  const project = createProject({ "jobs.config.mjs": CONFIG });
  writeFileSync(join(project.folder, "bad.ndjson"), BATCH.map((line) => JSON.stringify(line)).join("\n"));
  return project;
}

describe("--dry-run", () => {
  it("of each command is run here", () => {
    const seen = [...REFUSED, ...CHANGES].map((words) => words.join(" "));
    const missing = Object.entries(commands).filter(
      ([name, { flags }]) => "dry-run" in flags && !seen.some((line) => line.startsWith(`${name} `)),
    );
    expect(
      missing.map(([name]) => name),
      "add each to REFUSED or CHANGES above",
    ).toEqual([]);
  });

  it.each(REFUSED.map((args) => [args]))(
    "refuses what the real run refuses, in the same words: %j",
    async (args) => {
      using project = refusing();
      const real = await project.jobs(args);
      const dry = await project.jobs([...args, "--dry-run"]);
      expect(real.code).not.toBe(0);
      expect(dry.code).toBe(real.code);
      expect(dry.stderr).toBe(real.stderr);
      expect(real.stderr).not.toContain("This is a bug");
    },
  );

  it("of a batch refuses the same lines for the same reasons", async () => {
    using project = refusing();
    const real = await project.json(["enqueue", "--batch", "bad.ndjson", "--json"]);
    const dry = await project.json(["enqueue", "--batch", "bad.ndjson", "--json", "--dry-run"]);
    expect(real.refused).toHaveLength(BATCH.length);
    expect(dry).toEqual(real);
  });

  it("changes nothing where the real run would", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "kept"]);
    await project.jobs(["enqueue", "failing"]);
    await project.jobs(["worker", "--drain", "--queues", "default"]);
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--id", "waiting"]);
    const before = (await project.jobs(["stats", "--rates", "0s", "--json"])).stdout.replace(
      /"oldestReadyMs":\d+/g,
      `"oldestReadyMs":null`,
    );
    for (const args of CHANGES) {
      const { code, stderr } = await project.jobs([...args, "--dry-run"]);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    }
    const after = (await project.jobs(["stats", "--rates", "0s", "--json"])).stdout.replace(
      /"oldestReadyMs":\d+/g,
      `"oldestReadyMs":null`,
    );
    expect(after).toBe(before);
    expect(JSON.parse(after).queues[0]).toMatchObject({ ready: { n: 1 }, dead: { n: 1 } });
  });
});

it("--expires and expiresInMs of a line set a job aside that starts too late [P3]", async () => {
  using project = createProject({
    "lines.ndjson": '{"task":"my_task","params":{"a":1,"b":2},"expiresInMs":1}\n',
  });
  expect(await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--expires", "1ms"])).toMatchObject({
    code: 0,
  });
  expect(await project.jobs(["enqueue", "--batch", "lines.ndjson"])).toMatchObject({ code: 0 });
  expect(await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--expires", "1h"])).toMatchObject({
    code: 0,
  });
  await project.jobs(["worker", "--drain"]);
  const { jobs } = await project.json(["dlq", "list", "--json"]);
  const reasons = (jobs as { dead?: { reason: string } }[]).map(({ dead }) => dead?.reason);
  expect(reasons).toEqual(["expired", "expired"]);
});
