import { expect, test } from "vitest";
import { percentile, spreadOf } from "./spread.ts";

test("the spread is the middle, the least and the most", () => {
  expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
  expect(spreadOf([4, 2])).toEqual({ median: 2, min: 2, max: 4 });
});

test("a percentile is a value that was measured", () => {
  const values = Array.from({ length: 100 }, (_, n) => n + 1);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 0.99)).toBe(99);
});
