import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { adapter as sqlite } from "@jobs/adapter-sqlite";
import { hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { appConformance } from "@jobs/testing";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { createPlatform } from "../src/app.ts";

const hasServer = await hasPostgres();
const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));

describe("the platform is an app like any other [T18]", () => {
  for (const { title, run } of appConformance(createPlatform({}), { like: [sqlite] })) it(title, run);
});

describe("npm run example:platform", () => {
  it("exports side by side, tells the user of both, and shows every event [T2 T3 T6 T8]", async () => {
    const { code, stdout, stderr } = await runExample({ QUEUE_PREFIX: "test-" });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const lines = stdout.trim().split("\n");
    expect(lines.slice(0, 2)).toEqual([
      "queues: test-export test-msg test-platform",
      "result: told user@example.org of rivers.zip and rivers.csv",
    ]);
    for (const task of ["export.shp", "export.csv", "msg.ready"]) {
      for (const type of ["job.enqueued", "job.started", "job.succeeded"]) {
        expect(lines.filter((line) => line === `sqlite: ${type} ${task}`)).toHaveLength(1);
      }
    }
    expect(lines).toContain("sqlite: job.progress export.csv");
  });

  it.runIf(hasServer)(
    "keeps results and monitor in Postgres, named by RESULT_DB_* [T4 T11 T13 T14]",
    async () => {
      await using server = await startPostgresServer();
      const { username, password, hostname, port, pathname } = new URL(server.url);
      const { code, stdout, stderr } = await runExample({
        RESULT_DB_USER: decodeURIComponent(username),
        RESULT_DB_PASS: decodeURIComponent(password),
        RESULT_DB_HOST: hostname,
        RESULT_DB_PORT: port,
        RESULT_DB_NAME: pathname.slice(1),
      });
      expect({ code, stderr, stdout }).toMatchObject({ code: 0 });
      expect(stdout).toContain("queues: dev-export dev-msg dev-platform");
      const jobs = await ask(
        server.url,
        "SELECT task, queue, state, (job->'record'->>'attempt')::int AS attempt FROM jobs.history_jobs ORDER BY task",
      );
      expect(jobs).toEqual([
        { task: "export.csv", queue: "export", state: "succeeded", attempt: 1 },
        { task: "export.shp", queue: "export", state: "succeeded", attempt: 1 },
        { task: "msg.ready", queue: "msg", state: "succeeded", attempt: 1 },
      ]);
      const results = await ask(server.url, "SELECT id FROM jobs.results");
      expect(results).toHaveLength(4);
    },
  );

  it("names the field of the database that is missing [T4]", async () => {
    const { code, stderr } = await runExample({ RESULT_DB_USER: "me", RESULT_DB_PASS: "secret" });
    expect(code).not.toBe(0);
    expect(stderr).toContain("NAME");
    expect(stderr).not.toContain("secret");
  });
});

async function ask(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Runs a copy, so that the test does not use the database of the example in the checkout. */
async function runExample(env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(EXAMPLE, ".test-"));
  try {
    for (const part of ["src", "start.mjs"])
      cpSync(join(EXAMPLE, part), join(folder, part), { recursive: true });
    const child = spawn(process.execPath, ["start.mjs"], { cwd: folder, env: { ...process.env, ...env } });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
