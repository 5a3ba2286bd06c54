import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createHost, type HostEvent } from "../src/index.ts";
import { crash, HostWorld, swell, work } from "./host-world.ts";

/** For signals of other processes and threads, also on a busy machine. */
const PATIENCE = { timeout: 50_000 };

describe("createHost", () => {
  it("starts, serves, stops and joins several processes [C7 C9]", async () => {
    await using world = new HostWorld();
    const host = world.open(2);
    await host.start();
    expect(new Set(host.pids).size).toBe(2);
    await expect.poll(() => host.isReady, PATIENCE).toBe(true);
    await world.enqueue(work, { ms: 20 }, 10);
    await expect.poll(() => world.ids("done").length, PATIENCE).toBe(10);
    const report = await host.stop();
    expect(await host.join()).toBe(report);
    expect(report).toMatchObject({ cause: "stop", processes: 2, completed: 2, succeeded: 10, restarts: 0 });
    expect(host.isReady).toBe(false);
  });

  it("ends what it has started when it goes out of scope [C7]", async () => {
    await using world = new HostWorld();
    {
      await using host = world.open(2);
      await host.start();
    }
    expect(world.told("process.ended").map(({ cause }) => cause)).toEqual(["SIGTERM", "SIGTERM"]);
  });

  it("tells how many of its workers have completed [P7]", async () => {
    await using world = new HostWorld();
    await world.enqueue(work, { ms: 5 }, 4);
    const report = await world.open(2, { until: { type: "drained" } }).join();
    expect(report).toMatchObject({ cause: "completed", completed: 2, succeeded: 4 });
    expect(world.told("host.progress").map(({ completed, of }) => `${completed}/${of}`)).toEqual([
      "1/2",
      "2/2",
    ]);
  });

  it("two processes run two sleepers at the same time, which halves their time [C8]", async () => {
    await using world = new HostWorld();
    const host = world.open(2, { concurrency: 1 });
    await host.start();
    // Longer than the test: neither can end before the other has started.
    await world.enqueue(work, { ms: 600_000 }, 2);
    await expect.poll(() => world.ids("started").length, PATIENCE).toBe(2);
    expect(new Set(world.runLog.map(({ pid }) => pid))).toEqual(new Set(host.pids));
    expect(world.ids("done")).toEqual([]);
  });

  it("stops by draining: what runs is finished, what waits stays [C26]", async () => {
    await using world = new HostWorld();
    const host = world.open(2, { concurrency: 1 });
    await host.start();
    await world.enqueue(work, { ms: 500 }, 6);
    await expect.poll(() => world.ids("started").length, PATIENCE).toBe(2);
    const report = await host.stop("SIGTERM");
    expect(report).toMatchObject({ cause: "SIGTERM", completed: 2, succeeded: 2, cutOff: 0, killed: 0 });
    // Two processes: the first to begin need not end first.
    expect(world.ids("done").toSorted()).toEqual(world.ids("started").toSorted());
    const queue = await world.producer.queue("default");
    expect(await queue.stats()).toMatchObject({ ready: { n: 4 }, leased: { n: 0 } });
  });

  it("a grace and an age of 30 days end nothing at once", async () => {
    await using world = new HostWorld();
    const daysMs = 30 * 86_400_000;
    const host = world.open(1, { concurrency: 1, shutdownTimeoutMs: daysMs }, { maxAgeMs: daysMs });
    await host.start();
    await world.enqueue(work, { ms: 500 }, 1);
    await expect.poll(() => world.ids("started").length, PATIENCE).toBe(1);
    const report = await host.stop();
    expect(report).toMatchObject({ completed: 1, succeeded: 1, killed: 0, recycled: 0 });
  });

  it("restarts a process that crashes, and leaves the others at their work", async () => {
    await using world = new HostWorld();
    const host = world.open(2, { concurrency: 1 });
    await host.start();
    const before = host.pids;
    await world.enqueue(work, { ms: 1_500 }, 1);
    await expect.poll(() => world.ids("started").length, PATIENCE).toBe(1);
    const busy = world.runLog[0]!.pid;
    await world.enqueue(crash, {}, 1);
    await expect.poll(() => world.told("process.crashed").length, PATIENCE).toBe(1);
    const [crashed] = world.told("process.crashed");
    expect(crashed).toMatchObject({ code: 3, restartInMs: 200 });
    expect(crashed?.pid).not.toBe(busy);
    await expect.poll(() => world.told("process.serving").length, PATIENCE).toBe(3);
    expect(host.pids).toContain(busy);
    expect(before.filter((pid) => !host.pids.includes(pid))).toEqual([crashed?.pid]);
    // The crashed job returns when its lease has ended, and succeeds this time.
    await expect.poll(() => world.ids("done").length, PATIENCE).toBe(2);
    expect(world.ids("started").length).toBe(3);
    expect(world.told("process.crashed").length).toBe(1);
  });

  it("a process that is killed is replaced, and its job runs again [F01]", async () => {
    await using world = new HostWorld();
    const host = world.open(2);
    await host.start();
    await world.enqueue(work, { ms: 300 }, 1);
    await expect.poll(() => world.ids("started").length, PATIENCE).toBe(1);
    process.kill(world.runLog[0]!.pid, "SIGKILL");
    await expect.poll(() => world.ids("done").length, PATIENCE).toBe(1);
    expect(world.told("process.crashed")).toMatchObject([{ code: null, signal: "SIGKILL" }]);
    await expect.poll(() => world.told("process.serving").length, PATIENCE).toBe(3);
    expect(await host.stop()).toMatchObject({ restarts: 1, completed: 2 });
  });

  it("recycles worn processes one at a time, the next one serving before the old one ends", async () => {
    await using world = new HostWorld();
    const host = world.open(2, { concurrency: 1 }, { maxJobs: 3 });
    await host.start();
    await world.enqueue(work, { ms: 150 }, 24);
    await expect.poll(() => world.told("process.serving").length, PATIENCE).toBeGreaterThan(3);
    await expect.poll(() => world.ids("done").length, PATIENCE).toBe(24);
    expect(leastServing(world)).toBe(2);
    const report = await host.stop();
    expect(report.recycled).toBeGreaterThanOrEqual(2);
    // A stop may meet a poll, whose job then goes back unrun: `released` says 0 or 1 for each recycled process.
    expect(report).toMatchObject({ succeeded: 24, cutOff: 0, killed: 0, restarts: 0 });
    expect(world.ids("started").length).toBe(24);
    expect(world.told("process.recycled").every(({ reason }) => reason === "max_jobs")).toBe(true);
  });

  it("recycles a process whose memory has grown, and one that is old", async () => {
    await using world = new HostWorld();
    const host = world.open(1, {}, { maxMemoryBytes: 200 * 2 ** 20, maxAgeMs: 60_000 });
    await host.start();
    await world.enqueue(swell, {}, 3);
    await expect.poll(() => world.told("process.serving").length, PATIENCE).toBe(2);
    expect(world.told("process.recycled")).toMatchObject([{ reason: "max_memory" }]);
    await host.stop();

    await using aged = new HostWorld();
    const another = aged.open(1, {}, { maxAgeMs: 100 });
    await another.start();
    await expect.poll(() => aged.told("process.recycled").length, PATIENCE).toBeGreaterThan(0);
    expect(aged.told("process.recycled")[0]).toMatchObject({ reason: "max_time" });
  });

  it("an app that does not load ends the host instead of being tried for ever [F23]", async () => {
    await using world = new HostWorld();
    process.env.HOST_TEST_BREAKS = "at start";
    try {
      const host = world.open(2);
      await expect(host.start()).rejects.toMatchObject({ code: "invalid_config" });
      expect(await host.join()).toMatchObject({ cause: "start_failed", exitCode: 1, completed: 0 });
    } finally {
      delete process.env.HOST_TEST_BREAKS;
    }
  });

  it("forced, it ends handlers that do not, and their jobs go back [F04]", async () => {
    await using world = new HostWorld();
    const host = world.open(1);
    await host.start();
    await world.enqueue(work, { ms: 60_000 }, 1);
    await expect.poll(() => world.ids("started").length, PATIENCE).toBe(1);
    const stopped = host.stop("SIGTERM");
    void host.force();
    expect(await stopped).toMatchObject({ cause: "forced", released: 1 });
    const queue = await world.producer.queue("default");
    expect(await queue.stats()).toMatchObject({ ready: { n: 1 }, leased: { n: 0 } });
  });

  it("tries again for a worn process when its successor does not come to serve", async () => {
    await using world = new HostWorld();
    const host = world.open(1, { concurrency: 1 }, { maxJobs: 1 });
    await host.start();
    process.env.HOST_TEST_BREAKS = "at start";
    await world.enqueue(work, { ms: 1 }, 1);
    await expect.poll(() => world.told("process.ended").length, PATIENCE).toBeGreaterThan(0);
    delete process.env.HOST_TEST_BREAKS;
    await expect.poll(() => world.told("process.serving").length, PATIENCE).toBe(2);
    await world.enqueue(work, { ms: 1 }, 1);
    await expect.poll(() => world.ids("done").length, PATIENCE).toBe(2);
    expect(world.told("process.crashed")).toEqual([]);
  });

  it("run() makes a program that is nothing but a host: it ends with its processes on SIGTERM [W24]", async () => {
    await using world = new HostWorld();
    const program = fileURLToPath(new URL("./fixtures/embedded-host.mjs", import.meta.url));
    const env = { ...process.env, HOST_TEST_FOLDER: world.folder };
    const parent = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
    await world.enqueue(work, { ms: 1 }, 3);
    await expect.poll(() => world.ids("done").length, PATIENCE).toBe(3);
    const said = text(parent.stdout);
    parent.kill("SIGTERM");
    expect(await said).toMatch(/^[12]\/2 workers completed, 3 jobs done\n$/);
    expect(parent.signalCode).toBeNull();
  });

  it.each(["throws", "rejects"])("a listener that %s disturbs nothing [F37]", async (how) => {
    await using world = new HostWorld();
    const host = world.open(2, { until: { type: "drained" } });
    world.onEvent = (event: HostEvent) => {
      world.events.push(event);
      const fault = new Error("a listener's own fault");
      if (how === "throws") throw fault;
      return Promise.reject(fault);
    };
    expect(await host.join()).toMatchObject({ cause: "completed", completed: 2 });
    expect(world.told("process.ended").length).toBe(2);
  });

  it("refuses a number of processes that is none", () => {
    const app = new URL("./fixtures/app.mjs", import.meta.url);
    expect(() => createHost({ app, processes: 0 })).toThrow(/whole number/);
  });
});

/** The fewest processes that served whenever one had ended. */
function leastServing({ events }: HostWorld): number {
  const serving = new Set<number | undefined>();
  let least = Number.POSITIVE_INFINITY;
  for (const event of events) {
    if (event.type === "process.serving") serving.add(event.pid);
    if (event.type === "process.ended" && serving.delete(event.pid)) least = Math.min(least, serving.size);
  }
  return least;
}
