import { describe, expect, it } from "vitest";
import { seededRandom } from "../runtime/random.ts";
import { type Backoff, backoffDelay, checkBackoff, DEFAULT_BACKOFF } from "./backoff.ts";

const random = seededRandom(3);
const delay = (backoff: Backoff, failures: number) =>
  backoffDelay(backoff, { failures, error: new Error("x") }, random);

describe("backoff", () => {
  it("a number is always the same, a list goes on with its last, a function decides by itself", () => {
    expect([1, 2, 3].map((failures) => delay(2_000, failures))).toEqual([2_000, 2_000, 2_000]);
    expect([1, 2, 3, 9].map((failures) => delay([1_000, 5_000], failures))).toEqual([
      1_000, 5_000, 5_000, 5_000,
    ]);
    expect([1, 2, 3].map((failures) => delay((input) => input.failures * 1_000, failures))).toEqual([
      1_000, 2_000, 3_000,
    ]);
  });

  it("an exponential doubles up to its limit", () => {
    const plain: Backoff = { type: "exponential", baseMs: 1_000, maxMs: 5_000, jitter: false };
    expect([1, 2, 3, 4, 60].map((failures) => delay(plain, failures))).toEqual([
      1_000, 2_000, 4_000, 5_000, 5_000,
    ]);
  });

  it("is never less than 100 ms: a failing job is no busy loop", () => {
    for (const backoff of [
      0,
      [0],
      () => 0,
      () => -5,
      { type: "exponential", baseMs: 0, maxMs: 0 },
    ] as const) {
      expect(delay(backoff, 1)).toBe(100);
    }
  });

  it("a function that throws or gives no number loses no retry: the default is used", () => {
    const broken: Backoff[] = [
      () => {
        throw new Error("backoff");
      },
      () => Number.NaN,
      () => "soon" as never,
    ];
    for (const backoff of broken) {
      const ms = delay(backoff, 1);
      expect(ms).toBeGreaterThanOrEqual(100);
      expect(ms).toBeLessThanOrEqual(1_000);
    }
  });

  it("F45 full jitter spreads 10,000 retries: no second sees more than three times the mean", () => {
    const seconds = new Map<number, number>();
    for (let job = 0; job < 10_000; job++) {
      const second = Math.floor(delay(DEFAULT_BACKOFF, 7) / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    // The seventh failure waits up to 64 s.
    expect(Math.max(...seconds.keys())).toBeLessThanOrEqual(64);
    expect(Math.max(...seconds.values())).toBeLessThan((3 * 10_000) / 64);
  });

  it.each([[Number.NaN], [-1], [[]], [[1, -1]], [{ type: "exponential", baseMs: Number.NaN, maxMs: 1 }]])(
    "%j is refused where it is written down",
    (backoff) => {
      expect(() => checkBackoff(backoff as Backoff, 'task "mail": backoff')).toThrow(/task "mail": backoff/);
    },
  );
});
