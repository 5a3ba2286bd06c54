import { existsSync } from "node:fs";
import { join } from "node:path";
import { sqliteHistory } from "@jobs/adapter-sqlite";
import { expect, it } from "vitest";
import { createProject } from "../project.ts";

/** Enqueues a job with a tag, and runs it. */
async function runOne(project: ReturnType<typeof createProject>, env: Record<string, string> = {}) {
  const sent = await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--tag", "customer:7"], { env });
  expect(sent.code).toBe(0);
  expect((await project.jobs(["worker", "--drain"], { env })).code).toBe(0);
}

async function listIn(file: string) {
  const history = sqliteHistory({ file });
  try {
    return (await history.list({ tag: "customer:7" })).jobs;
  } finally {
    await history.close();
  }
}

it("without any configuration of broker and history, the history is beside the jobs", async () => {
  using project = createProject();
  await runOne(project);
  const [job] = await listIn(join(project.folder, ".jobs", "jobs.db"));
  expect(job).toMatchObject({ task: "my_task", state: "succeeded", tags: ["customer:7"], attempt: 1 });
});

it("a variable names another place for it, or switches it off", async () => {
  using project = createProject();
  const file = join(project.folder, "history.db");
  await runOne(project, { JOBS_HISTORY: `sqlite:${file}` });
  expect(await listIn(file)).toHaveLength(1);
  expect(await listIn(join(project.folder, ".jobs", "jobs.db"))).toEqual([]);
  await runOne(project, { JOBS_HISTORY: "off" });
  expect(await listIn(file)).toHaveLength(1);
  expect(await listIn(join(project.folder, ".jobs", "jobs.db"))).toEqual([]);
});

it("a broker that is named has no history that is not", async () => {
  using project = createProject();
  const file = join(project.folder, "named.db");
  await runOne(project, { JOBS_BROKER: `sqlite:${file}` });
  expect(await listIn(file)).toEqual([]);
  expect(existsSync(join(project.folder, ".jobs", "jobs.db"))).toBe(false);
});
