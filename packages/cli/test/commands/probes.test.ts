import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { WorkerPresence } from "@jobs/core/runtime";
import { describe, expect, it } from "vitest";
import { listening } from "../listening.ts";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

const GRACE_APP = `
import { createApp, defineTask } from "@jobs/core";
export default createApp({ tasks: [
  defineTask("quick", {}, { timeoutMs: 30_000 }),
  defineTask("report", {}, { queue: "reports", timeoutMs: 600_000 }),
  defineTask("endless", {}, { queue: "endless", timeoutMs: Infinity }),
] });
`;

describe("jobs worker, looked at from outside", () => {
  it("live and ready while it works; live but not ready while it drains", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=1500"]);
    const worker = project.start(["worker", "--health-port", "127.0.0.1:0", "--log-level", "debug"]);
    const ended = outcomeOf(worker);
    const started = hasSaid(worker, "job.started");
    const url = await listening(worker);
    await started;
    const look = async (path: string) => {
      const answer = await fetch(`${url}${path}`);
      return { status: answer.status, body: await answer.text() };
    };
    expect(await look("/live")).toMatchObject({ status: 200 });
    const ready = await look("/ready");
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.body)).toMatchObject({ state: "running", isReady: true, running: 1 });
    expect((await look("/metrics")).status).toBe(404);
    expect((await fetch(`${url}/live`, { method: "POST" })).status).toBe(405);
    const draining = hasSaid(worker, "worker.draining");
    worker.kill("SIGTERM");
    await draining;
    expect(await look("/live")).toMatchObject({ status: 200 });
    expect((await look("/ready")).status).toBe(503);
    expect((await ended).code).toBe(0);
  });

  it("counts by task in Prometheus' text format, on a port and in a file [C27]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    await project.jobs(["enqueue", "failing"]);
    const env = { JOBS_RELEASE: "1.2.3" };
    const flags = ["--metrics-port", "127.0.0.1:0", "--metrics-file", "jobs.prom", "--until-idle", "1s"];
    const worker = project.start(["worker", ...flags], { env });
    const ended = outcomeOf(worker);
    const dead = hasSaid(worker, "job.dead");
    const url = await listening(worker);
    await dead;
    const scraped = await (await fetch(`${url}/metrics`)).text();
    expect(scraped).toMatch(
      /^jobs_worker_info\{worker="[^"]+",release="1\.2\.3",jobs="[^"]+",node="v[^"]+"\} 1$/m,
    );
    expect((await ended).code).toBe(0);
    expect(existsSync(join(project.folder, "jobs.prom"))).toBe(true);
    const kept = readFileSync(join(project.folder, "jobs.prom"), "utf8");
    for (const line of [
      'jobs_job_events_total{event="succeeded",task="my_task",queue="default"} 1',
      'jobs_job_events_total{event="failed",task="failing",queue="default"} 1',
      'jobs_dead_letters_total{reason="exhausted",task="failing",queue="default"} 1',
      'jobs_run_duration_seconds_count{task="my_task"} 1',
      "jobs_worker_concurrency 10",
    ]) {
      expect(kept.split("\n")).toContain(line);
    }
  });

  it("a port that is taken is exit 78 [C18]", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    using project = createProject();
    const refused = await project.jobs(["worker", "--drain", "--health-port", `127.0.0.1:${port}`]);
    other.close();
    expect(refused).toMatchObject({ code: 78, stderr: expect.stringContaining("EADDRINUSE") });
    expect((await project.jobs(["worker", "--health-port", "99999"])).code).toBe(2);
  });

  it("jobs workers lists who is alive, with release, queues, load, and the jobs they hold [C21]", async () => {
    using project = createProject({}, "project");
    expect((await project.jobs(["workers"])).stdout).toBe("no worker is alive\n");
    await project.jobs(["enqueue", "slow", "ms=60000", "--id", "held"]);
    const worker = project.start(["worker", "-c", "3", "--log-level", "debug"], {
      env: { JOBS_RELEASE: "1.2.3" },
    });
    const ended = outcomeOf(worker);
    await hasSaid(worker, "job.started");
    const listed = await project.json(["workers", "--json"]);
    expect(listed).toMatchObject({
      schema: "jobs.workers/1",
      workers: [{ state: "running", release: "1.2.3", concurrency: 3, queues: ["default", "mail"] }],
    });
    const table = await project.jobs(["workers"]);
    expect(table.stdout).toMatch(
      /^WORKER +STATE +RELEASE +QUEUES +RUNNING +SLOTS +DONE +UP +SEEN\n\S+:\d+:\w+ +running +1\.2\.3 +default,mail /,
    );
    worker.kill("SIGTERM");
    await hasSaid(worker, "worker.draining");
    const [draining] = (await project.json(["workers", "--json"])).workers as WorkerPresence[];
    expect(draining).toMatchObject({
      state: "draining",
      isReady: false,
      jobs: [{ id: "held", task: "slow" }],
    });
    expect((await project.jobs(["show", "held"])).stdout).toContain(`worker      ${draining?.worker}\n`);
    worker.kill("SIGKILL");
    await ended;
    expect((await project.json(["workers", "--json"])).workers).toHaveLength(1);
    expect((await project.jobs(["workers", "--broker", "memory"])).stdout).toBe("no worker is alive\n");
  });

  it.each([
    [
      ["--queues", "default"],
      [
        "30 s with --shutdown-timeout 25s",
        "45 s with --shutdown-timeout 40s for every run to end: quick may take 30s",
      ],
    ],
    [
      ["--queues", "default,reports", "--shutdown-timeout", "2m"],
      [
        "125 s with --shutdown-timeout 2m",
        "615 s with --shutdown-timeout 610s for every run to end: report may take 10m",
      ],
    ],
    [
      [],
      [
        "30 s with --shutdown-timeout 25s",
        "no time is long enough for every run to end: endless has no timeout",
      ],
    ],
  ])("--print-grace %j computes what a supervisor has to wait [W23]", async (flags, lines) => {
    using project = createProject({ "app.mjs": GRACE_APP });
    const printed = await project.jobs(["worker", "--print-grace", ...flags]);
    expect(printed).toMatchObject({ code: 0, stdout: `${lines.join("\n")}\n` });
  });

  it("--print-grace in JSON, for scripts [W23]", async () => {
    using project = createProject({ "app.mjs": GRACE_APP });
    const env = { JOBS_TASK_DEFAULT_TIMEOUT: "1m" };
    const printed = await project.jobs(["worker", "--print-grace", "--json"], { env });
    expect(JSON.parse(printed.stdout)).toEqual({
      schema: "jobs.grace/1",
      shutdownTimeoutMs: 25_000,
      graceSeconds: 30,
      longest: { task: "quick", timeoutMs: 60_000 },
      wholeRuns: { shutdownTimeoutMs: 70_000, graceSeconds: 75 },
    });
  });
});
