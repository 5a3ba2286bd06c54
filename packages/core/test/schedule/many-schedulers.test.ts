import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { describe, expect, onTestFinished, test } from "vitest";
import { derivedId } from "../../src/entries/runtime.ts";
import { createApp, defineSchedule, defineTask, handle, type Schedule } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { type KillPoint, mortalBroker } from "./mortal-broker.ts";

const tick = defineTask("tick", {});

/** Schedulers that share a storage and nothing else, each of which also runs the jobs. */
function createFleet(schedule: Schedule) {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  const stored = new Map<string, number>();
  const ran = new Set<string>();
  const startOne = () => {
    const process = mortalBroker(memory({ storage }), (id) => stored.set(id, (stored.get(id) ?? 0) + 1));
    const app = createApp({
      broker: process.broker,
      runtime: { clock },
      tasks: [tick],
      handlers: [handle(tick, (_, { headers }) => void ran.add(headers["jobs-tick"] ?? ""))],
      schedules: [schedule],
    });
    const worker = app.worker({ ownsProcess: false, concurrency: 2 });
    void worker.run();
    onTestFinished(async () => {
      const ended = worker.force();
      await clock.advance(10_000);
      await ended;
    });
    return process;
  };
  const startedAt = clock.now();
  const ticksUntilNow = () => {
    const first = Math.floor(startedAt / 1_000) + 1;
    const last = Math.floor(clock.now() / 1_000);
    return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * 1_000);
  };
  return { clock, stored, ran, startOne, ticksUntilNow };
}

const everySecond = defineSchedule("pulse", { cron: "* * * * * *", task: tick, params: {} });

describe("8 schedulers", () => {
  test("1,000 ticks: one job each [F44]", async () => {
    const { clock, stored, ran, startOne, ticksUntilNow } = createFleet(everySecond);
    for (let index = 0; index < 8; index++) startOne();
    await clock.advance(1_000_500);
    const ids = ticksUntilNow().map((at) => derivedId("schedule", "pulse", String(at)));
    expect(ids).toHaveLength(1_000);
    expect([...stored.keys()].sort()).toEqual(ids.sort());
    expect(new Set(stored.values())).toEqual(new Set([1]));
    expect(ran.size).toBe(1_000);
  });

  test("kill -9 between claim and send, and between send and mark: one job each, none is left out [F44]", async () => {
    const { clock, stored, ran, startOne, ticksUntilNow } = createFleet(everySecond);
    const alive = Array.from({ length: 8 }, startOne);
    const points: readonly KillPoint[] = ["claimed", "sent"];
    for (let round = 0; round < 20; round++) {
      await clock.advance(7_300);
      for (const process of alive.splice(0, 2)) {
        const death = process.killAt(points[round % 2] ?? "sent");
        for (let isDead = false; !isDead; await clock.advance(1_000)) {
          isDead = await Promise.race([death.then(() => true), clock.settle().then(() => false)]);
        }
        alive.push(startOne());
      }
    }
    await clock.advance(120_000);
    const ticks = ticksUntilNow();
    expect([...stored.keys()].sort()).toEqual(
      ticks.map((at) => derivedId("schedule", "pulse", String(at))).sort(),
    );
    expect(new Set(stored.values())).toEqual(new Set([1]));
    expect(ran.size).toBe(ticks.length);
  });
});
