import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createApp } from "@jobs/core";
import { seededRandom } from "@jobs/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { sqliteUnderTest } from "../src/brokers/sqlite-under-test.ts";
import { chaosTask } from "../src/chaos-task.ts";
import { openRunLog } from "../src/run-log.ts";
import { WorkerPool } from "../src/worker-pool.ts";

/** Longer than one second, in which a worker ignores a second signal as a repetition of the first. */
const PAST_THE_ECHO_MS = 1_200;

/** A worker that is told to hurry hands its jobs back after this. */
const FORCED_END_MS = 2_000;

test("a worker that is stopping is asked only once: its jobs end in their own time [F02]", async () => {
  const folder = mkdtempSync(join(tmpdir(), "jobs-pool-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { address } = await sqliteUnderTest.prepare(folder);
  await using app = createApp({ broker: sqliteUnderTest.open(address), tasks: [chaosTask] });
  await app.enqueue(chaosTask, { ms: PAST_THE_ECHO_MS + FORCED_END_MS + 500 });
  const runLog = openRunLog(join(folder, "run-log.jsonl"));
  onTestFinished(() => runLog.close());
  const orders = {
    broker: "sqlite",
    address,
    runLog: join(folder, "run-log.jsonl"),
    concurrency: 1,
    leaseMs: 5_000,
  };
  const pool = new WorkerPool({ size: 1, orders, runLog, random: seededRandom(1) });
  await pool.strike("SIGTERM");
  // The second signal must arrive after the time in which it would be ignored.
  await sleep(PAST_THE_ECHO_MS);
  await pool.close();
  expect(pool.badExits).toEqual([]);
  const { ready, leased } = await (await app.queue("default")).stats();
  expect([ready.n, leased.n]).toEqual([0, 0]);
});
