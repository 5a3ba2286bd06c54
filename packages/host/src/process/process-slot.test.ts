import { expect, test } from "vitest";
import { restartDelayMs } from "./process-slot.ts";

test("a process that crashes again and again is waited for longer and longer, up to 30 s [C25]", () => {
  expect([1, 2, 3, 7, 8, 9, 1_000].map(restartDelayMs)).toEqual([
    200, 400, 800, 12_800, 25_600, 30_000, 30_000,
  ]);
});
