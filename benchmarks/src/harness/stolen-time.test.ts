import { expect, test } from "vitest";
import { processorTicks, readTicks, stolenShare } from "./stolen-time.ts";

test("what others of the host took is a part of all time, guests not counted twice", () => {
  const before = readTicks("cpu  100 10 20 300 5 0 2 40 50 5\ncpu0 1 2 3\n");
  expect(before).toEqual({ all: 477, stolen: 40 });
  const after = readTicks("cpu  150 10 20 330 5 0 2 60 90 5\n");
  expect(stolenShare(before, after)).toBe(0.2);
});

test("nothing is stolen between two looks at one moment", () => {
  const now = processorTicks();
  expect(stolenShare(now, now)).toBe(0);
});
