import { describe, expect, it } from "vitest";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

describe("jobs worker", () => {
  it("--drain runs everything, retries included, reports in one line and exits 0 [E13]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--in", "300ms"]);
    await project.jobs(["enqueue", "failing"]);
    const drained = await project.jobs(["worker", "--drain", "--json"]);
    expect(drained.code).toBe(0);
    expect(JSON.parse(drained.stdout)).toMatchObject({ cause: "drained", succeeded: 2, dead: 1 });
    expect(
      drained.stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).msg),
    ).toEqual(expect.arrayContaining(["worker.started", "job.dead", "worker.stopped"]));
    const again = await project.jobs(["worker", "--drain"]);
    expect(JSON.parse(again.stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({
      cause: "drained",
      succeeded: 0,
    });
  });

  it("SIGTERM ends it with exit 0 after the running job [W24 C26]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=300"]);
    const worker = project.start(["worker", "--json", "--log-level", "debug"]);
    const ended = outcomeOf(worker);
    await hasSaid(worker, "job.started");
    worker.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ cause: "SIGTERM", succeeded: 1 });
  });

  it("a handler still at work when the grace ends is cut off, its job handed back, and the exit is 75 [W25]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=30000"]);
    const worker = project.start(["worker", "--json", "--log-level", "debug", "--shutdown-timeout", "500ms"]);
    const ended = outcomeOf(worker);
    await hasSaid(worker, "job.started");
    worker.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(code).toBe(75);
    expect(JSON.parse(stdout)).toMatchObject({ cause: "SIGTERM", released: 1, cutOff: 1 });
  });

  it("130: a second interrupt forces it, and the job is handed back", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=30000"]);
    const worker = project.start(["worker", "--json", "--log-level", "debug"]);
    const ended = outcomeOf(worker);
    await hasSaid(worker, "job.started");
    worker.kill("SIGINT");
    await hasSaid(worker, "worker.draining");
    const again = setInterval(() => worker.kill("SIGINT"), 300);
    const { code, stdout } = await ended;
    clearInterval(again);
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ cause: "forced", released: 1 });
    expect(await project.json(["stats", "--json"])).toMatchObject({ queues: [{ ready: { n: 1 } }, {}] });
  });

  it("variables are twins of settings, and an unreadable one is exit 78 [E10 C18]", async () => {
    using project = createProject();
    const broken = await project.jobs(["worker", "--drain"], { env: { JOBS_WORKER_LEASE: "3x" } });
    expect(broken).toMatchObject({ code: 78, stderr: expect.stringMatching(/^JOBS_WORKER_LEASE: /) });
    const env = { JOBS_WORKER_LEASE: "3s", JOBS_WORKER_QUEUES: "mail" };
    const drained = await project.jobs(["worker", "--drain"], { env });
    expect(drained).toMatchObject({ code: 0, stderr: expect.stringContaining('"queues":["mail"]') });
    expect(drained.stderr).not.toContain("warning");
  });

  it("a handler's error cannot write log lines of its own [F61 F63]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "failing"]);
    const pretty = await project.jobs(["worker", "--drain", "--log-format", "pretty"]);
    expect(pretty.stderr).toContain("as asked\\u001b[31m");
    expect(pretty.stderr).not.toContain("\u001b");
  });

  it("goes on when nobody reads what it says [F08]", async () => {
    using project = createProject();
    for (let job = 0; job < 3; job++) await project.jobs(["enqueue", "slow", "ms=50"]);
    const worker = project.start(["worker", "--drain", "--json", "-c", "1", "--log-level", "debug"]);
    worker.stdout?.destroy();
    worker.stderr?.destroy();
    expect((await outcomeOf(worker)).code).toBe(0);
    expect(await project.json(["stats", "--queues", "default", "--json"])).toMatchObject({
      queues: [{ ready: { n: 0 } }],
    });
  });

  it("a broker that cannot be opened is an error with its own exit code [P8]", async () => {
    using project = createProject({ "not.db": "this is no database, and long enough to be sure of that." });
    const worker = await project.jobs(["worker", "--broker", "sqlite:not.db", "--start-timeout", "200ms"]);
    expect([69, 78]).toContain(worker.code);
    expect(worker.stderr).toContain("not.db");
  });

  it("70: an exception that nobody catches ends it after the guilty job was set aside", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "crashing"]);
    const worker = await project.jobs(["worker", "--json", "--shutdown-timeout", "1s"]);
    expect(worker.code).toBe(70);
    expect(JSON.parse(worker.stdout)).toMatchObject({ cause: "uncaught_exception" });
    const dead = await project.jobs(["dlq", "list", "--queues", "mail"]);
    expect(dead.stdout).toMatch(/crashing .* (uncaught|exhausted)/);
  });

  it("--broker says where, --log-level how loud [C10]", async () => {
    using project = createProject();
    const there = ["--broker", "sqlite:there.db"];
    await project.jobs(["enqueue", "my_task", "a=1", "b=2", ...there]);
    const here = await project.jobs(["worker", "--drain", "--json", "--log-level", "silent"]);
    expect(here).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(here.stdout)).toMatchObject({ succeeded: 0 });
    const loud = await project.jobs(["worker", "--drain", "--json", "--log-level", "debug", ...there]);
    expect(JSON.parse(loud.stdout)).toMatchObject({ succeeded: 1 });
    expect(loud.stderr).toContain("job.succeeded");
  });

  it("help leaves out what is rarely needed, and the variable works all the same [T17]", async () => {
    using project = createProject();
    const help = await project.jobs(["worker", "--help"]);
    expect(help.stdout).toContain("--concurrency");
    expect(help.stdout).not.toMatch(/--max-crashes|--on-exhausted|--wait\b/);
    const run = await project.jobs(["worker", "--drain"], { env: { JOBS_WORKER_MAX_CRASHES: "x" } });
    expect(run).toMatchObject({ code: 78, stderr: expect.stringContaining("JOBS_WORKER_MAX_CRASHES") });
  });

  it("data goes to stdout and logs to stderr, in JSON and without a colour off a terminal [T21 T24]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const { stdout, stderr } = await project.jobs(["worker", "--drain", "--log-level", "debug"]);
    expect(stdout).toBe("");
    const lines = stderr.trim().split("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    const pretty = await project.jobs(["worker", "--drain", "--log-format", "pretty"], {
      env: { NO_COLOR: "1" },
    });
    expect(pretty.stderr).toContain("worker.started");
    expect(pretty.stderr).not.toContain("\u001b[");
  });

  it("excludes two ways to end", async () => {
    using project = createProject();
    expect((await project.jobs(["worker", "--drain", "--once"])).code).toBe(2);
  });
});
