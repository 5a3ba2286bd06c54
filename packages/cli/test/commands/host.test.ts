import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { listening } from "../listening.ts";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

/** For what is signalled by other processes or threads, on however busy a machine. */
const PATIENCE = { timeout: 50_000 };

/** The line that a host ends with: the last one on stderr. */
function reportIn(stderr: string): Record<string, unknown> {
  return JSON.parse(stderr.trim().split("\n").at(-1) ?? "");
}

/** Process ids of the workers that a host says to serve, once there are so many. */
function serving(host: ChildProcess, count: number): Promise<readonly number[]> {
  let heard = "";
  return new Promise((resolve, reject) => {
    host.stderr?.on("data", (chunk) => {
      heard += chunk;
      const pids = [...heard.matchAll(/"pid":(\d+)[^\n]*"process\.serving"/g)].map(([, pid]) => Number(pid));
      if (pids.length >= count) resolve(pids);
    });
    host.once("close", () => reject(new Error(`ended without ${count} that serve: ${heard}`)));
  });
}

/** Whether a process still lives. */
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("jobs worker --processes", () => {
  it("runs the queue empty with several processes, and reports once [C7 P7]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=10"]);
    await project.jobs(["enqueue", "slow", "ms=10"]);
    const { code, stdout, stderr } = await project.jobs(["worker", "--processes", "2", "--drain"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(reportIn(stderr)).toMatchObject({ cause: "completed", processes: 2, completed: 2, succeeded: 2 });
    expect(stderr).toContain("1/2 workers completed");
    expect(stderr).toContain("2/2 workers completed");
  });

  it("one SIGTERM drains all of them within the grace; nothing is cut off [W24 C26]", async () => {
    using project = createProject();
    for (const _ of "ab") await project.jobs(["enqueue", "slow", "ms=1000"]);
    const host = project.start(["worker", "--processes", "2", "-c", "1", "--json", "--log-level", "debug"]);
    const ended = outcomeOf(host);
    const started = hasSaid(host, "job.started");
    const pids = await serving(host, 2);
    await started;
    host.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ cause: "SIGTERM", completed: 2, cutOff: 0, killed: 0 });
    expect(report.succeeded).toBeGreaterThan(0);
    expect(pids.filter(lives)).toEqual([]);
  });

  it("replaces a process that has come to --max-jobs, and loses no job by it", async () => {
    using project = createProject();
    // More than one process can finish before the next ones serve, on however busy a machine.
    const jobs = Array.from({ length: 200 }, () => '{"task":"slow","params":{"ms":200}}\n');
    await project.jobs(["enqueue", "--batch", "-"], { input: jobs.join("") });
    const args = ["worker", "--processes", "2", "-c", "1", "--max-jobs", "2", "--json"];
    const host = project.start(args);
    const ended = outcomeOf(host);
    await serving(host, 4);
    host.kill("SIGTERM");
    const report = JSON.parse((await ended).stdout);
    expect(report.recycled).toBeGreaterThan(0);
    expect(report).toMatchObject({ restarts: 0, dead: 0, retried: 0, cutOff: 0 });
    const { stdout } = await project.jobs(["stats", "--json"]);
    const left = JSON.parse(stdout).queues[0].ready.n;
    expect(report.succeeded + left).toBe(200);
  });

  it("answers for its processes: ready while one of them is", async () => {
    using project = createProject();
    const host = project.start(["worker", "--processes", "2", "--health-port", "127.0.0.1:0"]);
    const ended = outcomeOf(host);
    let heard = "";
    host.stderr?.on("data", (chunk) => {
      heard += chunk;
    });
    await serving(host, 2);
    const url = /"url":"(http[^"]+)"/.exec(heard)?.[1];
    expect(await fetch(`${url}/ready`).then((answer) => answer.json())).toEqual({
      isReady: true,
      processes: 2,
    });
    host.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  it("its metrics are the sum of its processes', those that were replaced included [C27]", async () => {
    using project = createProject();
    const jobs = Array.from({ length: 12 }, () => '{"task":"slow","params":{"ms":50}}\n');
    await project.jobs(["enqueue", "--batch", "-"], { input: jobs.join("") });
    const metrics = ["--metrics-port", "127.0.0.1:0", "--metrics-file", "jobs.prom"];
    const host = project.start(["worker", "--processes", "2", "-c", "1", "--max-jobs", "2", ...metrics]);
    const ended = outcomeOf(host);
    const url = await listening(host);
    const scraped = async () => (await (await fetch(`${url}/metrics`)).text()).split("\n");
    const done = 'jobs_job_events_total{event="succeeded",task="slow",queue="default"} 12';
    await expect.poll(scraped, { timeout: 30_000 }).toContain(done);
    const lines = await scraped();
    expect(lines).toContain('jobs_run_duration_seconds_count{task="slow"} 12');
    expect(lines.filter((line) => line.startsWith("# TYPE jobs_job_events_total"))).toHaveLength(1);
    host.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    const kept = readFileSync(join(project.folder, "jobs.prom"), "utf8").split("\n");
    expect(kept).toContain(done);
    expect(kept).toContain("jobs_host_processes 0");
    expect(kept.find((line) => /^jobs_host_recycled_total [1-9]/.test(line))).toBeDefined();
  });

  it("its processes end gracefully when it is killed", async () => {
    using project = createProject();
    const host = project.start(["worker", "--processes", "2"]);
    const pids = await serving(host, 2);
    host.kill("SIGKILL");
    await expect.poll(() => pids.filter(lives), PATIENCE).toEqual([]);
  });

  it("ends as a single worker does when the configuration is broken, and says why once [C18]", async () => {
    using project = createProject();
    const env = { JOBS_WORKER_CONCURRENCY: "many" };
    const { code, stderr } = await project.jobs(["worker", "--processes", "3"], { env });
    expect(code).toBe(78);
    expect(stderr.match(/JOBS_WORKER_CONCURRENCY/g)).toHaveLength(1);
    expect(reportIn(stderr)).toMatchObject({ cause: "start_failed", exitCode: 78 });
  });

  it("refuses queues in memory, of which each process would have its own", async () => {
    using project = createProject();
    const { code, stderr } = await project.jobs(["worker", "--processes", "2", "--broker", "memory"]);
    expect(code).toBe(78);
    expect(stderr).toContain("several processes cannot share queues");
  });

  it("ends as a single worker does when the broker cannot be reached [P8]", async () => {
    using project = createProject();
    const away = ["--broker", "redis://127.0.0.1:1", "--start-timeout", "100ms"];
    const { code } = await project.jobs(["worker", "--processes", "2", ...away]);
    expect(code).toBe(69);
  });

  it("a second interrupt, later, forces all of them: exit 130, and their jobs go back [F04]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "slow", "ms=30000"]);
    const host = project.start(["worker", "--processes", "2", "--json", "--log-level", "debug"]);
    const ended = outcomeOf(host);
    await hasSaid(host, "job.started");
    const draining = hasSaid(host, "worker.draining");
    host.kill("SIGINT");
    await draining;
    // Sooner it would count as the first one, doubled by npm or a terminal.
    await pause(1_100);
    host.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ cause: "forced", released: 1, killed: 0 });
  });

  it("ends a single worker that has come to its time or its memory", async () => {
    using project = createProject();
    const aged = await project.jobs(["worker", "--max-time", "100ms", "--json"]);
    expect(aged.code).toBe(0);
    expect(JSON.parse(aged.stdout)).toMatchObject({ cause: "max_time" });
    const grown = await project.jobs(["worker", "--max-memory", "1", "--json"]);
    expect(JSON.parse(grown.stdout)).toMatchObject({ cause: "max_memory" });
  });
});
