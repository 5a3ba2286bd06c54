import { memory } from "@jobs/adapter-memory";
import { type App, createApp, defineTask, handle, type Observer } from "@jobs/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchRecycleLimits } from "./recycle-limits.ts";

const DAY_MS = 86_400_000;

describe("watchRecycleLimits", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("a worker that may live for 30 days is not replaced before: no timer of Node is as long", () => {
    let observer: Observer = () => {};
    const observe: App["observe"] = (one) => {
      observer = one;
      return () => {};
    };
    const onLimit = vi.fn();
    watchRecycleLimits({ maxAgeMs: 30 * DAY_MS }, observe, onLimit, { settled: 0 });
    observer({ type: "worker.started" } as never);
    vi.advanceTimersByTime(30 * DAY_MS - 1);
    expect(onLimit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onLimit).toHaveBeenCalledExactlyOnceWith("max_time");
  });
});

describe("watchRecycleLimits on the real clock", () => {
  it("counts settled jobs as the worker itself does: a cancelled one too, one that somebody else cancelled not", async () => {
    const task = defineTask("act", {});
    const app = createApp({
      broker: memory(),
      tasks: [task],
      handlers: [
        handle(task, (_, ctx) => new Promise((resolve) => ctx.signal.addEventListener("abort", resolve))),
      ],
    });
    const worker = app.worker({ ownsProcess: false, concurrency: 1 });
    const onLimit = vi.fn();
    watchRecycleLimits({ maxJobs: 1 }, (observer) => app.observe(observer), onLimit, worker);
    const [running, waiting] = [
      await app.enqueue(task, {}),
      await app.enqueue(task, {}, { delayMs: 60_000 }),
    ];
    const started = new Promise<void>((resolve) => {
      app.observe(({ type }) => type === "job.started" && resolve());
    });
    const life = worker.run();
    await started;
    await app.cancel(waiting.id);
    expect(onLimit).not.toHaveBeenCalled();
    const cancelled = new Promise<void>((resolve) => {
      app.observe((event) => event.type === "job.cancelled" && event.job.id === running.id && resolve());
    });
    await app.cancel(running.id);
    await cancelled;
    expect(onLimit).toHaveBeenCalledExactlyOnceWith("max_jobs");
    expect(worker.settled).toBe(1);
    await worker.stop();
    await life;
  });
});
