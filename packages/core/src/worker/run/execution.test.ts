import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { callWithin, currentRun, followRuns } from "./execution.ts";
import { Run } from "./run.ts";

function createRun(): Run {
  const counts = { deliveryCount: 1, failureCount: 0, crashCount: 0 };
  const delivery = { messageId: "m", body: "", receipt: "r", leaseUntil: 0, ...counts };
  return new Run(delivery, {
    queue: "default",
    maxMessageBytes: 1024,
    keepsFinished: false,
    note() {},
    settle() {},
    remove() {},
    async complete() {},
    async isCompleted() {
      return false;
    },
    async confirmLease() {},
  });
}

/** The run that code of a handler belongs to in the next turn. */
const runNextTurn = () => nextTurn().then(currentRun);

test("while runs are followed, code that a handler has left behind knows its run [F38]", async () => {
  onTestFinished(followRuns());
  const run = createRun();
  expect(await callWithin(run, runNextTurn, undefined)).toBe(run);
  expect(currentRun()).toBeUndefined();
});

test("nobody is followed unasked, nor after the last one who asked", async () => {
  const run = createRun();
  expect(await callWithin(run, runNextTurn, undefined)).toBeUndefined();
  const first = followRuns();
  const second = followRuns();
  first();
  expect(await callWithin(run, runNextTurn, undefined)).toBe(run);
  second();
  expect(await callWithin(run, runNextTurn, undefined)).toBeUndefined();
});
