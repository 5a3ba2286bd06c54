import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { AWS_VARIABLES, createSqsProject, provision } from "./commands/sqs-project.ts";
import { createProject, outcomeOf, type TestProject } from "./project.ts";

/** Longer than three leases of one second. */
const BLOCK_MS = 3_300;
const JOBS = 10;
const HAS_REDIS = await hasRedis({ isOwn: true });

/** How often each job was started, and which have ended. */
function runsIn({ folder }: TestProject): { readonly starts: readonly number[]; readonly ended: number } {
  const starts = new Map<string, number>();
  const ended = new Set<string>();
  for (const line of readFileSync(join(folder, "runs"), "utf8").trim().split("\n")) {
    const [what = "", id = ""] = line.split(" ");
    if (what === "started") starts.set(id, (starts.get(id) ?? 0) + 1);
    else ended.add(id);
  }
  return { starts: [...starts.values()], ended: ended.size };
}

/** One job blocks the loop, with nine others: each ends, with at most one run for each worker, and none is dead. */
function expectBounded(project: TestProject, workers: number): void {
  const { starts, ended } = runsIn(project);
  expect(ended).toBe(JOBS);
  expect(starts).toHaveLength(JOBS);
  for (const count of starts) expect(count).toBeLessThanOrEqual(workers);
}

async function runBlocked(
  project: TestProject,
  workers: number,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const jobs = [
    { task: "block", params: { ms: BLOCK_MS } },
    ...Array.from({ length: JOBS - 1 }, () => ({ task: "neighbour", params: { ms: 300 } })),
  ];
  const input = jobs.map((job) => JSON.stringify(job)).join("\n");
  const sent = await project.jobs(["enqueue", "--batch", "-"], { env, input });
  expect(sent, sent.stderr).toMatchObject({ code: 0 });
  const work = ["worker", "--drain", "--json", "--lease", "1s", "--concurrency", String(JOBS)];
  const reports = await Promise.all(Array.from({ length: workers }, () => project.json(work, { env })));
  expectBounded(project, workers);
  // Where stale acks cannot be told, each worker's counts.
  const succeeded = reports.reduce((sum, report) => sum + Number(report.succeeded), 0);
  expect(succeeded).toBeGreaterThanOrEqual(JOBS);
  if (env.JOBS_BROKER !== "sqs") expect(succeeded).toBe(JOBS);
  expect(reports.map(({ dead }) => dead)).toEqual(reports.map(() => 0));
}

describe.each([1, 2])(
  "a handler that blocks the event loop past its lease, %i worker(s) [F31]",
  { timeout: 120_000 },
  (workers) => {
    it("is acked on memory, and so are the jobs beside it", async () => {
      using project = createProject({}, "blocked");
      const args = [join(project.folder, "in-memory.mjs"), String(workers), String(BLOCK_MS)];
      const { stdout, stderr } = await outcomeOf(spawn(process.execPath, args));
      expect(stderr).not.toContain("Error");
      expect(JSON.parse(stdout)).toMatchObject({ dead: 0 });
      expectBounded(project, 1);
    });

    it("is acked on SQLite, and so are the jobs beside it", async () => {
      using project = createProject({}, "blocked");
      await runBlocked(project, workers);
    });

    it("is acked on SQS, and so are the jobs beside it", async () => {
      await using at = await createSqsProject({}, "blocked");
      await provision(at.sqs, "default");
      await runBlocked(at.project, workers, { ...AWS_VARIABLES, ...at.env });
    });

    it.runIf(HAS_REDIS)("is acked on Redis, and so are the jobs beside it", async () => {
      await using redis = await startRedisServer({ appendonly: false });
      using project = createProject({}, "blocked");
      await runBlocked(project, workers, { JOBS_BROKER: redis.url });
    });
  },
);
