import { describe, expect, it } from "vitest";
import { sleep } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { createGate } from "./gate.ts";
import { loadPart } from "./load-part.ts";
import { createVirtualClock } from "./virtual-clock.ts";

describe("a virtual clock", () => {
  it("runs timers in order and at their time, also those set on the way [E12]", async () => {
    const clock = createVirtualClock(0);
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, clock.now()]);
    clock.schedule(20, note("late"));
    clock.schedule(10, () => {
      note("early")();
      clock.schedule(5, note("set on the way"));
    });
    clock.schedule(10, note("early too"));
    clock.schedule(15, note("cancelled"))();
    clock.schedule(Number.POSITIVE_INFINITY, note("never"));
    await clock.advance(30);
    expect(seen).toEqual([
      ["early", 10],
      ["early too", 10],
      ["set on the way", 15],
      ["late", 20],
    ]);
    expect([clock.now(), clock.monotonic(), clock.nextTimerMs()]).toEqual([30, 30, undefined]);
  });

  it("lets the code that a timer wakes finish before time goes on", async () => {
    const clock = createVirtualClock(0);
    const seen: number[] = [];
    const run = async () => {
      for (let step = 0; step < 3; step++) {
        await sleep(clock, 10);
        await new Promise<void>((resolve) => clock.defer(resolve));
        seen.push(clock.now());
      }
    };
    const running = run();
    await clock.advance(100);
    await running;
    expect(seen).toEqual([10, 20, 30]);
  });
});

describe("waiting", () => {
  it("sleep ends early when its signal aborts, and leaves no timer", async () => {
    const clock = createVirtualClock(0);
    const stop = new AbortController();
    const sleeping = sleep(clock, 1_000, stop.signal);
    stop.abort();
    await sleeping;
    expect(clock.nextTimerMs()).toBeUndefined();
  });

  it("a deadline rejects late work and cancels itself for work in time", async () => {
    const clock = createVirtualClock(0);
    const late = withDeadline(clock, 100, new Promise(() => {}), () => new Error("late")).catch(String);
    await clock.advance(100);
    expect(await late).toBe("Error: late");
    expect(await withDeadline(clock, 100, Promise.resolve("in time"), () => new Error("late"))).toBe(
      "in time",
    );
    await clock.settle();
    expect(clock.nextTimerMs()).toBeUndefined();
  });

  it("waits for code that is being loaded, however many turns it takes", async () => {
    const clock = createVirtualClock(0);
    const fired: number[] = [];
    const code = loadPart(async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    });
    void code.then(() => clock.schedule(100, () => fired.push(clock.now())));
    await clock.advance(100);
    expect(fired).toEqual([100]);
  });

  it("a gate opens when its condition holds, or says that it never did", async () => {
    const clock = createVirtualClock(0);
    const gate = createGate(clock);
    let isReady = false;
    const opened = gate.until(() => isReady, 1_000);
    gate.notify();
    isReady = true;
    gate.notify();
    expect(await opened).toBe(true);
    const closed = gate.until(() => false, 1_000);
    await clock.advance(1_000);
    expect(await closed).toBe(false);
  });
});
