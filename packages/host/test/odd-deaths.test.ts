import { afterEach, describe, expect, it } from "vitest";
import { block, HostWorld, work } from "./host-world.ts";

/** For signals of other processes, also on a busy machine. */
const PATIENCE = { timeout: 50_000 };

/** Whether a process still lives. */
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("odd deaths of worker processes", () => {
  afterEach(() => {
    delete process.env.HOST_TEST_BREAKS;
  });

  it("the first process, killed while it starts, ends the host: nothing shows that the next would serve", async () => {
    await using world = new HostWorld();
    process.env.HOST_TEST_BREAKS = "never starts";
    const host = world.open(2);
    const ended = host.join();
    await expect.poll(() => world.told("process.started").length, PATIENCE).toBe(1);
    process.kill(Number(world.told("process.started")[0]?.pid), "SIGKILL");
    expect(await ended).toMatchObject({ cause: "start_failed", exitCode: 1, completed: 0 });
  });

  it.each(["ends itself", "never loads"])(
    "an app that %s while it loads is a failed start, and never exit code 0",
    async (breaks) => {
      await using world = new HostWorld();
      process.env.HOST_TEST_BREAKS = breaks;
      expect(await world.open(2).join()).toMatchObject({ cause: "start_failed", exitCode: 70, completed: 0 });
    },
  );

  it("a later process, killed while it starts, is replaced; the others work on", async () => {
    await using world = new HostWorld();
    const host = world.open(2);
    await host.start();
    process.env.HOST_TEST_BREAKS = "never starts";
    process.kill(Number(host.pids[0]), "SIGKILL");
    await expect.poll(() => world.told("process.started").length, PATIENCE).toBe(3);
    const starting = Number(world.told("process.started")[2]?.pid);
    await world.enqueue(work, { ms: 1 }, 3);
    await expect.poll(() => world.ids("done").length, PATIENCE).toBe(3);
    delete process.env.HOST_TEST_BREAKS;
    process.kill(starting, "SIGKILL");
    await expect.poll(() => world.told("process.serving").length, PATIENCE).toBe(3);
    expect(await host.stop()).toMatchObject({ completed: 2, restarts: 2, killed: 0, succeeded: 3 });
  });

  it("a stop ends a process that is still starting", async () => {
    await using world = new HostWorld();
    process.env.HOST_TEST_BREAKS = "never starts";
    const host = world.open(1);
    const ended = host.join();
    await expect.poll(() => world.told("process.started").length, PATIENCE).toBe(1);
    const stopped = host.stop("SIGTERM");
    expect(await stopped).toBe(await ended);
    expect(await stopped).toMatchObject({ cause: "SIGTERM", killed: 0 });
  });

  it("a process that hears no SIGTERM is killed after its grace; the job comes back, the others drain", async () => {
    await using world = new HostWorld();
    const host = world.open(2, { concurrency: 1, shutdownTimeoutMs: 100 });
    await host.start();
    await world.enqueue(block, {}, 1);
    await expect.poll(() => world.ids("started").length, PATIENCE).toBe(1);
    const { pid } = world.runLog[0]!;
    const report = await host.stop("SIGTERM");
    expect(report).toMatchObject({ cause: "SIGTERM", killed: 1, completed: 1 });
    expect(world.told("process.ended").find((one) => one.pid === pid)).toMatchObject({ signal: "SIGKILL" });
    expect(lives(pid)).toBe(false);
    const queue = await world.producer.queue("default");
    const { ready, leased } = await queue.stats();
    expect(Number(ready.n) + Number(leased.n)).toBe(1);
  });
});
