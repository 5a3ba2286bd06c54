import { describe, expect, it, vi } from "vitest";
import { ExampleFolder, type ExampleRun, expectedEnds } from "./example-run.ts";

const SLOW = { LIMIT: "250", PROCESSING_TIME: "0.2", DELAY_TIME: "0.3", FAILURE_RATE: "40", WORKERS: "4" };
const FAST = { ...SLOW, PROCESSING_TIME: "0.01" };
const PATIENCE = { timeout: 60_000, interval: 20 };

const { written, dead } = expectedEnds(SLOW);

/** Resolves in the middle of a run: some records are written, others are not. */
async function halfWay(folder: ExampleFolder, records = 15): Promise<void> {
  await vi.waitFor(() => expect(folder.writtenIds().length).toBeGreaterThan(records), PATIENCE);
  expect(folder.writtenIds().length).toBeLessThan(written.length);
}

async function expectCompleteRun(folder: ExampleFolder, run: ExampleRun): Promise<void> {
  expect(await run.end(), run.stderr).toBe(0);
  expect(folder.writtenIds().toSorted()).toEqual(written);
  expect(run.count("succeeded")).toBe(written.length);
  expect(run.count("dead")).toBe(dead.length);
  expect(run.stdout).toContain("It adds up");
}

// Concurrent, since these tests mostly wait for leases and retries.
describe.concurrent("a run that is interrupted", { timeout: 120_000 }, () => {
  it("SIGTERM half-way and started again, nothing is lost or doubled [E17]", async () => {
    const folder = new ExampleFolder();
    const first = folder.start(SLOW);
    await halfWay(folder);
    first.kill("SIGTERM");
    expect(await first.end(), first.stderr).toBe(0);
    expect(first.stderr).toContain("Nothing is lost");
    expect(folder.writtenIds().length).toBeLessThan(written.length);
    const second = folder.start(FAST);
    await expectCompleteRun(folder, second);
    expect(second.stderr).toContain("going on where it stood");
  });

  it("kill -9 of a worker and of the writer half-way loses and doubles nothing [E17]", async () => {
    const folder = new ExampleFolder();
    const run = folder.start(SLOW);
    await halfWay(folder);
    for (const queue of ["etl", "output"]) process.kill(folder.workerPids(queue)[0] ?? Number.NaN, "SIGKILL");
    await expectCompleteRun(folder, run);
    expect(run.stderr.match(/A worker process was lost \(SIGKILL\)/g)).toHaveLength(2);
  });

  it("kill -9 of everything and started again, nothing is lost or doubled [E17]", async () => {
    const folder = new ExampleFolder();
    const first = folder.start(SLOW);
    await halfWay(folder);
    first.kill("SIGKILL");
    for (const pid of ["etl", "output"].flatMap((queue) => folder.workerPids(queue)))
      process.kill(pid, "SIGKILL");
    expect(await first.end()).toBe(null);
    await expectCompleteRun(folder, folder.start(FAST));
  });

  it("SIGTERM for npm, which reaches the shell between only, ends the run as well [E17]", async () => {
    const folder = new ExampleFolder();
    const first = folder.startByShell(SLOW);
    await halfWay(folder);
    first.kill("SIGTERM");
    await first.end();
    expect(first.stderr).toContain("Nothing is lost");
    expect(folder.writtenIds().length).toBeLessThan(written.length);
  });

  it("SIGTERM while the producer is at it loses nothing either [E17]", async () => {
    const folder = new ExampleFolder();
    const first = folder.start(SLOW);
    await vi.waitFor(() => expect(folder.hasBroker()).toBe(true), PATIENCE);
    first.kill("SIGTERM");
    await first.end();
    await expectCompleteRun(folder, folder.start(FAST));
  });
});
