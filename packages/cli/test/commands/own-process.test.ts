import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/command-table.ts";
import { createProject, outcomeOf } from "../project.ts";

const MEMORY = ["--broker", "memory"];

/** What stores, changes or takes, and ends. */
const CHANGING = [
  ["enqueue", "my_task", "a=1", "b=2"],
  ["enqueue", "my_task", "a=1", "b=2", "--dry-run"],
  ["enqueue", "my_task", "a=1", "b=2", "--wait", "1s"],
  ["enqueue", "any", "a=1", "--untyped"],
  ["enqueue", "my_task", "a=1", "b=2", "--then", "legacy file=x"],
  ["enqueue", "--batch", "-"],
  ["cancel", "an-id"],
  ["queue", "pause", "default"],
  ["queue", "resume", "default"],
  ["queue", "purge", "default", "--yes"],
  ["dlq", "retry", "--all"],
  ["dlq", "rm", "--all", "--yes"],
  ["schedule", "run", "nightly"],
  ["schedule", "pause", "nightly"],
  ["schedule", "resume", "nightly"],
  ["monitor", "--to", "ndjson", "--drain"],
  ["events"],
  ["relay", "--from", "sqlite:shop.db", "--until-empty"],
];

/** What only looks. The answer may be "no": exit 1. */
const LOOKING = [
  ["stats"],
  ["list"],
  ["peek"],
  ["show", "an-id"],
  ["why", "an-id"],
  ["workers"],
  ["wait", "--task", "my_task", "--until-empty"],
  ["dlq", "list"],
  ["dlq", "show", "an-id"],
  ["dlq", "export"],
  ["doctor"],
  ["check", "--live"],
  ["repro", "an-id", "--yes"],
  ["schedule", "list"],
];

/** What runs its jobs itself. */
const RUNNING = [
  ["worker", "--drain"],
  ["bench", "--count", "10"],
];

/** What looks until it is stopped. */
const WATCHING = [["top"], ["stats", "--watch"]];

/** What serves a page until it is stopped. Its page shows and changes the queues of its own process. */
const SERVING = [["dash"]];

/** What names its own brokers. Its test proves that it refuses memory. */
const BETWEEN_BROKERS = [["move"]];

/** What asks no queue. */
const WITHOUT_QUEUE = [
  ["run"],
  ["result"],
  ["schema", "migrate"],
  ["schema", "grants"],
  ["tasks"],
  ["lock"],
  ["deploy-plan"],
  ["replay", "--from-history", "--task", "my_task"],
  ["types"],
  ["infra", "print"],
  ["caps"],
  ["config"],
  ["config", "explain"],
  ["config", "check"],
  ["conformance"],
  ["shell"],
  ["init", "new", "--no-install"],
  ["version"],
];

describe("queues in the memory of one process", { timeout: 120_000 }, () => {
  it("are looked at here by each command", () => {
    const ending = [...CHANGING, ...LOOKING, ...RUNNING, ...BETWEEN_BROKERS, ...WITHOUT_QUEUE];
    const seen = [...ending, ...WATCHING, ...SERVING].map((words) => words.join(" "));
    const missing = Object.keys(COMMANDS).filter(
      (name) => !seen.some((line) => line === name || line.startsWith(`${name} `)),
    );
    expect(missing, "add each command to one of the lists above").toEqual([]);
  });

  it.each(CHANGING)("are changed by no command that ends: jobs %s %s", async (...args) => {
    using project = createProject();
    const input = '{"task":"my_task","params":{"a":1,"b":2}}\n';
    const { code, stdout, stderr } = await project.jobs([...args, ...MEMORY], { input });
    expect({ code, stdout }, stderr).toEqual({ code: 64, stdout: "" });
    expect(stderr).toMatch(/memory broker keeps its queues in the memory of one process.* would be lost/);
    expect(stderr).toContain("--broker, JOBS_BROKER");
  });

  it("neither where the app itself brings them", async () => {
    using project = createProject({
      "app.mjs": `import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask } from "@jobs/core";
export default createApp({ broker: memory(), tasks: [defineTask("my_task", {})] });`,
    });
    const { error } = (await project.json(["enqueue", "my_task", "--json"])) as { error: object };
    expect(error).toMatchObject({ code: "unsupported", broker: "memory", feature: "reach" });
  });

  it.each(LOOKING)("are looked at with a warning that they are nobody's: jobs %s %s", async (...args) => {
    using project = createProject();
    const { code, stderr } = await project.jobs([...args, ...MEMORY]);
    expect([0, 1], stderr).toContain(code);
    expect(stderr).toContain("warning: memory: keeps its queues in the memory of one process");
  });

  it.each(WATCHING)("are watched with the same warning: jobs %s %s", async (...args) => {
    using project = createProject();
    const watch = project.start([...args.filter((word) => word !== undefined), ...MEMORY]);
    const ended = outcomeOf(watch);
    watch.stdout?.once("data", () => watch.kill("SIGTERM"));
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("warning: memory: keeps its queues in the memory of one process");
  });

  it("serve whoever runs its jobs itself", async () => {
    using project = createProject();
    for (const args of [...RUNNING, ["caps"]]) {
      const { code, stderr } = await project.jobs([...args, ...MEMORY]);
      expect(code, stderr).toBe(0);
      expect(stderr).not.toContain("memory of one process");
    }
  });

  it("a worker on them says once that nobody can send it a job, unless its schedules do", async () => {
    using project = createProject();
    const said = /warning: memory: no other process can send jobs to this worker/g;
    const { stderr } = await project.jobs(["worker", "--drain", ...MEMORY]);
    expect(stderr.match(said)).toHaveLength(1);
    project.write(
      "jobs.config.mjs",
      `export default { app: "./app.mjs", schedules: { nightly: { task: "legacy", params: { file: "x" }, cron: "0 3 * * *" } } };`,
    );
    const scheduled = await project.jobs(["worker", "--drain", ...MEMORY]);
    expect(scheduled).toMatchObject({ code: 0, stderr: expect.not.stringMatching(said) });
  });

  it("results that lie there, or are not kept, are not waited for", async () => {
    using project = createProject();
    const wait = ["enqueue", "my_task", "a=1", "b=2", "--results", "memory", "--wait", "1s"];
    const { code, stdout, stderr } = await project.jobs(wait);
    expect({ code, stdout }, stderr).toEqual({ code: 78, stdout: "" });
    expect(stderr).toContain("results in the memory of each process, where no worker puts them");
    const never = await project.jobs([...wait.slice(0, 4), "--results", "sqlite", "--wait", "1s"], {
      env: { JOBS_WORKER_RESULT_TTL: "0s" },
    });
    expect(never).toMatchObject({ code: 78, stderr: expect.stringContaining("resultTtl is 0") });
    expect(await project.json(["stats", "--json"])).toMatchObject({
      queues: [{ ready: { n: 0 } }, { ready: { n: 0 } }],
    });
  });
});
