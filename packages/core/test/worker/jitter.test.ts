import { expect, test } from "vitest";
import { pollBackoff, retryBackoff } from "../../src/retry/backoff.ts";

const draws = [0, 0.25, 0.5, 0.75, 0.999];

test.each([
  ["settlements and completion steps", retryBackoff, 5_000],
  ["receives", pollBackoff, 5_000],
] as const)(
  "pauses of %s double up to a limit, and each is drawn anew over nine tenths of it [P16]",
  (_, pause, longestMs) => {
    for (const [failures, ceiling] of [
      [1, 100],
      [2, 200],
      [5, 1_600],
      [40, longestMs],
    ] as const) {
      const pauses = draws.map((draw) => pause(failures, () => draw));
      expect(pauses).toEqual(
        draws.map((draw) => ceiling * (0.1 + 0.9 * draw)).map((ms) => expect.closeTo(ms, 3)),
      );
    }
  },
);
