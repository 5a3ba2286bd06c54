import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { LockQueue, pauseMs } from "./lock-queue.ts";

/** The error of the drivers while another connection holds the lock. */
const locked = () => Object.assign(new Error("database is locked"), { errcode: 5 });

/** An attempt that fails with a held lock until the gate is opened. */
function gate() {
  let isHeld = true;
  const order: string[] = [];
  const attempt = (name: string) => () => {
    if (isHeld) throw locked();
    order.push(name);
    return name;
  };
  const open = () => {
    isHeld = false;
  };
  return { attempt, order, open };
}

it("runs at once where nobody waits", () => {
  let hasRun = false;
  void new LockQueue().run(() => {
    hasRun = true;
  });
  expect(hasRun).toBe(true);
});

it("runs what waits for the lock in the order it came", async () => {
  const line = new LockQueue();
  const { attempt, order, open } = gate();
  const runs = ["a", "b", "c"].map((name) => line.run(attempt(name)));
  open();
  expect(await Promise.all([...runs, line.run(attempt("d"))])).toEqual(["a", "b", "c", "d"]);
  expect(order).toEqual(["a", "b", "c", "d"]);
});

it("never runs what was given up while it waited", async () => {
  const line = new LockQueue();
  const { attempt, order, open } = gate();
  const aborting = new AbortController();
  const first = line.run(attempt("first"));
  const given = line.run(attempt("given up"), { signal: aborting.signal });
  aborting.abort(new Error("no longer needed"));
  await expect(given).rejects.toThrow("no longer needed");
  open();
  await first;
  await expect(line.run(attempt("late"), { signal: aborting.signal })).rejects.toThrow("no longer needed");
  expect(order).toEqual(["first"]);
});

it("hands on any other error, and those behind have their turn", async () => {
  const line = new LockQueue();
  const { attempt, open } = gate();
  const first = line.run(attempt("first"));
  const broken = line.run(() => {
    throw new Error("broken");
  });
  const last = line.run(attempt("last"));
  open();
  await expect(broken).rejects.toThrow("broken");
  expect(await Promise.all([first, last])).toEqual(["first", "last"]);
});

it("leaves nothing behind on a signal that outlives many calls", async () => {
  const line = new LockQueue();
  const { signal } = new AbortController();
  for (let call = 0; call < 20; call++) {
    const { attempt, open } = gate();
    const run = line.run(attempt("held"), { signal });
    open();
    await run;
  }
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("pauses no longer than a quarter of the wait so far, and at most 10 ms", () => {
  expect([0, 1, 4, 20, 40, 5_000].map((waitedMs) => pauseMs(waitedMs, 1))).toEqual([0, 0.25, 1, 5, 10, 10]);
  expect(pauseMs(20, 0.5)).toBe(2.5);
});
