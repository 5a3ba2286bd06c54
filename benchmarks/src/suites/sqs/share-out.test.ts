import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { shareOut } from "./share-out.ts";

test("all is done once, in shares, side by side, and what was left undone is taken again", async () => {
  let done = 0;
  let working = 0;
  let atOnce = 0;
  const shares: number[] = [];
  await shareOut(25, { callers: 4, size: 10 }, async (count) => {
    shares.push(count);
    atOnce = Math.max(atOnce, ++working);
    await nextTurn();
    working--;
    const part = shares.length === 3 ? count - 1 : count;
    done += part;
    return part;
  });
  expect(done).toBe(25);
  expect(atOnce).toBe(3);
  expect(Math.max(...shares)).toBe(10);
});
