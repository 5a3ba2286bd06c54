import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { keepAliveClock, repeat, sleep, systemClock } from "./clock.ts";

const DAY_MS = 86_400_000;

describe.each([
  ["systemClock", systemClock],
  ["keepAliveClock", keepAliveClock],
])("%s", (_, clock) => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "hrtime"] }));
  afterEach(() => void vi.useRealTimers());

  it.each([0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 30 * DAY_MS, 400 * DAY_MS])(
    "runs after %d ms, not before and only once",
    (delayMs) => {
      const fn = vi.fn();
      clock.schedule(delayMs, fn);
      if (delayMs > 0) {
        vi.advanceTimersByTime(delayMs - 1);
        expect(fn).not.toHaveBeenCalled();
        vi.advanceTimersByTime(1);
      } else vi.advanceTimersByTime(1);
      expect(fn).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(100 * DAY_MS);
      expect(fn).toHaveBeenCalledTimes(1);
    },
  );

  it("cancels a long delay in any part of it", () => {
    for (const cancelAtMs of [0, 20 * DAY_MS, 30 * DAY_MS, 60 * DAY_MS]) {
      const fn = vi.fn();
      const cancel = clock.schedule(61 * DAY_MS, fn);
      vi.advanceTimersByTime(cancelAtMs);
      cancel();
      vi.advanceTimersByTime(100 * DAY_MS);
      expect(fn).not.toHaveBeenCalled();
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  it("never runs what is due after Infinity ms", () => {
    const fn = vi.fn();
    const cancel = clock.schedule(Number.POSITIVE_INFINITY, fn);
    vi.advanceTimersByTime(400 * DAY_MS);
    expect(fn).not.toHaveBeenCalled();
    cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("refuses NaN, which Node's timers take for 1 ms", () => {
    expect(() => clock.schedule(Number.NaN, () => {})).toThrow(RangeError);
  });

  it("repeats until it is told to stop, also from within", () => {
    let runs = 0;
    const stop = repeat(clock, 30 * DAY_MS, () => {
      if (++runs === 3) stop();
    });
    vi.advanceTimersByTime(90 * DAY_MS - 1);
    expect(runs).toBe(2);
    vi.advanceTimersByTime(200 * DAY_MS);
    expect(runs).toBe(3);
  });

  it("sleeps for 30 days", async () => {
    let isAwake = false;
    const sleeping = sleep(clock, 30 * DAY_MS).then(() => {
      isAwake = true;
    });
    vi.advanceTimersByTime(30 * DAY_MS - 1);
    await nextTurn();
    expect(isAwake).toBe(false);
    vi.advanceTimersByTime(1);
    await sleeping;
  });
});

it("a timer that a held-up event loop has made late lets what has arrived be read first", async () => {
  const echo = spawn(process.execPath, ["-e", "process.stdin.pipe(process.stdout)"]);
  echo.stdin.write("ready");
  await once(echo.stdout, "data");
  const order: string[] = [];
  const read = once(echo.stdout, "data").then(() => order.push("answer"));
  const late = new Promise<void>((resolve) => {
    keepAliveClock.schedule(20, () => {
      order.push("deadline");
      resolve();
    });
  });
  const cancelled = keepAliveClock.schedule(20, () => order.push("cancelled"));
  keepAliveClock.schedule(10, cancelled);
  echo.stdin.write("answer");
  block(1_000);
  await Promise.all([read, late]);
  expect(order).toEqual(["answer", "deadline"]);
  echo.kill();
});

it("a timer that is a little late runs after one that is very late", async () => {
  const order: string[] = [];
  const timer = (name: string, delayMs: number) =>
    new Promise<void>((resolve) => {
      keepAliveClock.schedule(delayMs, () => {
        order.push(name);
        resolve();
      });
    });
  setImmediate(keepAliveClock.schedule(10, () => order.push("cancelled")));
  const timers = [timer("first", 20), timer("second", 190), timer("third", 195)];
  block(200);
  await Promise.all(timers);
  expect(order).toEqual(["first", "second", "third"]);
});

it("a timer that is on time runs at once again after late ones ran or were cancelled", async () => {
  const late = new Promise<void>((resolve) => void keepAliveClock.schedule(20, resolve));
  setImmediate(keepAliveClock.schedule(10, () => {}));
  block(100);
  await late;
  vi.useFakeTimers({ toFake: ["setTimeout", "hrtime"] });
  onTestFinished(() => void vi.useRealTimers());
  const fn = vi.fn();
  keepAliveClock.schedule(5, fn);
  vi.advanceTimersByTime(5);
  expect(fn).toHaveBeenCalledTimes(1);
});

it.each([-0.007, -30 * DAY_MS, Number.NEGATIVE_INFINITY])(
  "what was due before runs at once, without the warning of Node 24: %d ms",
  async (delayMs) => {
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    onTestFinished(() => setTimer.mockRestore());
    await new Promise<void>((resolve) => void keepAliveClock.schedule(delayMs, resolve));
    expect(setTimer.mock.calls.map(([, waitMs]) => waitMs)).toEqual([0]);
  },
);

/** Holds the event loop for so long, as a handler that computes does. */
function block(forMs: number): void {
  for (const end = performance.now() + forMs; performance.now() < end; );
}
