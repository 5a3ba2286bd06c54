import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import {
  hasPostgres,
  hasRedis,
  startPostgresServer,
  startRedisServer,
  startSqsEndpoint,
} from "@jobs/test-servers";
import { describe, expect, it } from "vitest";

const JITI = fileURLToPath(new URL("../node_modules/.bin/jiti", import.meta.url));

/** What the example of a package prints, run in an empty folder. */
async function printed(example: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), "jobs-package-"));
  try {
    const file = fileURLToPath(new URL(`../src/${example}.ts`, import.meta.url));
    const child = spawn(JITI, [file], { cwd, env: { ...process.env, ...env } });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    expect(child.exitCode, stderr).toBe(0);
    return stdout;
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

const [redis, postgres] = await Promise.all([hasRedis({ isOwn: true }), hasPostgres({ isOwn: true })]);

const WELCOMED = "Welcome, ada@example.org\n";

describe("the example of each package's README", () => {
  it.each(["memory", "sqlite"])("%s", async (example) => {
    expect(await printed(example)).toBe(WELCOMED);
  });

  it.runIf(redis)("redis", async () => {
    await using server = await startRedisServer();
    expect(await printed("redis", { REDIS_URL: server.url })).toBe(WELCOMED);
  });

  it("sqs", async () => {
    const server = await startSqsEndpoint();
    try {
      await server.createQueue({ name: "default", dlq: "default-dead", maxReceiveCount: 20 });
      const env = {
        AWS_ENDPOINT_URL_SQS: server.url,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      };
      expect(await printed("sqs", env)).toBe(WELCOMED);
    } finally {
      await server.close();
    }
  });

  it.runIf(postgres)("postgres", async () => {
    await using server = await startPostgresServer();
    const shown = await printed("postgres", { DATABASE_URL: server.url });
    expect(shown).toContain("status: 'succeeded'");
    expect(shown).toContain("value: 42");
  });
});
