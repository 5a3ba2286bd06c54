import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { build } from "esbuild";
import { describe, expect, it, onTestFinished } from "vitest";

/** Beside the packages that the processes import. */
const BUILT = fileURLToPath(new URL("../node_modules/.cache/processes/", import.meta.url));

/** A process of the example, with the lines that it prints. */
async function start(program: "serve-api" | "run-worker", env: Readonly<Record<string, string>>) {
  const outfile = `${BUILT}${program}.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL(`../src/${program}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
  });
  const child: ChildProcess = spawn(process.execPath, [outfile], { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const errors = text(child.stderr!);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => (await lines.next()).value ?? (await errors);
  return { child, errors, nextLine };
}

describe.runIf(await hasRedis({ isOwn: true }))("a Nest application in two processes", () => {
  it("the API enqueues, the worker runs the job in its providers, and both end by SIGTERM", async () => {
    await using redis = await startRedisServer();
    const api = await start("serve-api", { ROLE: "api", PORT: "0", REDIS_URL: redis.url });
    const port = /^listening on (\d+)$/.exec(await api.nextLine())?.[1];
    const response = await fetch(`http://127.0.0.1:${port}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ order: 7, to: "ada@example.org" }),
    });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ job: expect.any(String) });

    const worker = await start("run-worker", { ROLE: "worker", REDIS_URL: redis.url });
    expect([await worker.nextLine(), await worker.nextLine()].sort()).toEqual([
      "mail to ada@example.org: Order 7",
      "working",
    ]);
    for (const { child, errors } of [api, worker]) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      // Nest raises the signal again when all its hooks have ended.
      expect(await ended, await errors).toEqual([null, "SIGTERM"]);
    }
  });
});
