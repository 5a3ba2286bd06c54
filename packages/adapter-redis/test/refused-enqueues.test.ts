import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("./processes/enqueue-in-vain.mjs", import.meta.url));

const JOBS = 100_000;

describe.runIf(await hasRedis({ isOwn: true }))("enqueues in vain", () => {
  it("100,000 enqueues while Redis is down: each refused within 5 s, and nothing piles up [F25]", async () => {
    await using server = await startRedisServer();
    const orders = JSON.stringify({ url: server.url, jobs: JOBS, atOnce: 100 });
    const child = spawn(process.execPath, ["--expose-gc", PROGRAM, orders], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: "warm" });
    await server.kill();
    child.stdin.write("go\n");
    const report = JSON.parse((await lines.next()).value as string);
    expect(report.answers).toEqual({ "broker_unavailable retryable:true maybeSent:false": JOBS });
    expect(report.slowestMs).toBeLessThan(5_000);
    expect(report.rssGrowth).toBeLessThan(20 * 2 ** 20);
    expect(report.heapKept).toBeLessThan(2 ** 20);
  });
});
