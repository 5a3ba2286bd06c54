import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { expect, onTestFinished, test } from "vitest";
import { createApp, defineSchedule, defineTask, handle } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";

const tick = defineTask("tick", {});

/** How often the time is read while `count` schedules have their tick at one moment. */
async function timesReadIn(count: number): Promise<number> {
  const clock = createVirtualClock();
  let reads = 0;
  let ran = 0;
  const app = createApp({
    broker: memory({ storage: createMemoryStorage({ clock }) }),
    runtime: {
      clock: {
        ...clock,
        now() {
          reads++;
          return clock.now();
        },
      },
    },
    tasks: [tick],
    handlers: [handle(tick, () => void ran++)],
    schedules: Array.from({ length: count }, (_, index) =>
      defineSchedule(`schedule-${index}`, { everyMs: 3_600_000, task: tick, params: {} }),
    ),
  });
  const worker = app.worker({ ownsProcess: false, concurrency: 100 });
  void worker.run();
  onTestFinished(async () => {
    const ended = worker.force();
    await clock.advance(10_000);
    await ended;
  });
  await clock.advance(3_590_000);
  reads = 0;
  await clock.advance(20_000);
  expect(ran).toBe(count);
  return reads;
}

test("many schedules at one moment need time that grows with their number, not with its square", async () => {
  const few = await timesReadIn(100);
  const many = await timesReadIn(800);
  expect(many / few).toBeLessThan(16);
});
