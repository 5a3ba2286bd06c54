import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { readOptions } from "../src/options.ts";
import { ExampleRun, runJobs } from "./example-run.ts";

/** The broker of one test. */
interface OpenBroker extends AsyncDisposable {
  readonly broker: string;
}

async function openSqlite(): Promise<OpenBroker> {
  const folder = mkdtempSync(join(tmpdir(), "jobs-sleep-"));
  return {
    broker: `sqlite:${join(folder, "jobs.db")}`,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  };
}

async function openRedis(): Promise<OpenBroker> {
  const server = await startRedisServer({ appendonly: true });
  return { broker: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const BROKERS = [
  { kind: "SQLite", open: openSqlite },
  ...((await hasRedis({ isOwn: true })) ? [{ kind: "Redis", open: openRedis }] : []),
];

const TELL_ALL = { JOBS_LOG_LEVEL: "debug", JOBS_LOG_FORMAT: "json" };

describe.each(BROKERS)("npm run example:sleep on $kind", ({ open }) => {
  it("workers empty the queue, each tells its jobs and its sleep [P1 P2 P4 P5 P6 P7 P24]", async () => {
    await using place = await open();
    const run = new ExampleRun(["--broker", place.broker, "--workers", "3", "--iterations", "60"], TELL_ALL);
    expect(await run.end(), run.stderr).toBe(0);

    const told = [...run.stdout.matchAll(/^\d\/3 workers completed$/gm)].map(([line]) => line);
    expect(told).toEqual([1, 2, 3].map((k) => `${k}/3 workers completed`));

    const { all, ...byWorker } = Object.fromEntries(run.table());
    const workers = Object.values(byWorker);
    expect(all?.jobs).toBe(60);
    expect(workers).toHaveLength(3);
    expect(workers.filter(({ jobs }) => jobs > 0).length, "the work is shared").toBeGreaterThan(1);
    expect(workers.reduce((total, { jobs }) => total + jobs, 0)).toBe(60);
    expect(all?.sleptMs).toBeGreaterThanOrEqual(60 * 10);

    const succeeded = run.events("job.succeeded");
    expect(new Set(succeeded.map(({ id }) => id)).size).toBe(60);
    expect(succeeded).toHaveLength(60);
    expect(run.events("worker.stopped")).toHaveLength(3);
  });

  it("three processes run 1,000 jobs, each once [P22]", async () => {
    await using place = await open();
    const args = ["--broker", place.broker, "--workers", "3", "--iterations", "1000"];
    const run = new ExampleRun(args, { ...TELL_ALL, JOBS_WORKER_CONCURRENCY: "20" });
    expect(await run.end(), run.stderr).toBe(0);
    const started = run.events("job.started").map(({ id }) => id);
    expect(started).toHaveLength(1_000);
    expect(new Set(started).size).toBe(1_000);
    expect(run.table().get("all")?.jobs).toBe(1_000);
  });

  it("a worker that is killed costs no job; the others do what it had begun [P21]", async () => {
    await using place = await open();
    const args = ["--broker", place.broker, "--workers", "2", "--iterations", "100"];
    const run = new ExampleRun(args, TELL_ALL);
    await run.untilEvents("worker.started", 2);
    await run.untilEvents("job.succeeded", 10);
    const [, pid] = String(run.events("worker.started")[0]?.worker).split(":");
    process.kill(Number(pid), "SIGKILL");
    expect(await run.end(), run.stderr).toBe(0);
    expect(run.stdout).toContain("1/2 workers completed");
    expect(run.stdout).not.toContain("2/2");

    const stats = runJobs(["stats", "--json"], { JOBS_BROKER: place.broker });
    expect(await stats.end(), stats.stderr).toBe(0);
    const none = { n: 0, exact: true };
    expect(JSON.parse(stats.stdout)).toMatchObject({
      queues: [{ ready: none, delayed: none, leased: none, dead: none }],
    });
    // The killed worker may not have logged the job that it finished last.
    expect(new Set(run.events("job.succeeded").map(({ id }) => id)).size).toBeGreaterThanOrEqual(99);
  });

  it("ends at SIGTERM with every job still there or done, and goes on from there", async () => {
    await using place = await open();
    const first = new ExampleRun(["--broker", place.broker, "--iterations", "150"], TELL_ALL);
    await first.untilEvents("job.succeeded", 10);
    first.child.kill("SIGTERM");
    expect(await first.end(), first.stderr).toBe(0);
    const second = new ExampleRun(["--broker", place.broker, "--iterations", "1"]);
    expect(await second.end(), second.stderr).toBe(0);
    expect((first.table().get("all")?.jobs ?? 0) + (second.table().get("all")?.jobs ?? 0)).toBe(151);
  });
});

describe("the command line of the example", () => {
  it("-v tells the version as JSON [P1]", async () => {
    const run = new ExampleRun(["-v"]);
    expect(await run.end(), run.stderr).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ version: expect.any(String), node: process.version });
  });

  it.each([
    [["--workers", "many"], "--workers must be a whole number"],
    [["--iterations", "0"], "--iterations must be a whole number"],
    [["--broker", "sqlite", "--host", "h"], "give one of them"],
    [["--password", "s3cret"], "--password belongs to --host"],
    [["--wrokers", "s3cret"], "Flags: --workers"],
  ])("refuses %j and quotes no value", async (args, reason) => {
    const run = new ExampleRun(args);
    expect(await run.end()).toBe(2);
    expect(run.stderr).toContain(reason);
    expect(run.stderr).not.toMatch(/s3cret|many/);
  });

  it("--host and --password are a Redis [P1]", () => {
    expect(readOptions(["--host", "db:6380", "--password", "p@ss/1"]).broker).toBe(
      "redis://:p%40ss%2F1@db:6380",
    );
    expect(readOptions([])).toMatchObject({ workers: 3, iterations: 100, broker: undefined });
  });

  it("ends with the status of the command that could not fill the queue", async () => {
    const run = new ExampleRun(["--broker", "nonsense"]);
    expect(await run.end()).toBe(78);
    expect(run.stderr).toContain('there is no broker "nonsense"');
    expect(run.stdout).toBe("");
  });
});
