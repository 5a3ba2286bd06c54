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
    for (const backoff of [0, [0], () => 0, { type: "exponential", baseMs: 0, maxMs: 0 }] as const) {
      expect(delay(backoff, 1)).toBe(100);
    }
  });

  it.each<[what: string, give: () => unknown]>([
    ["NaN", () => Number.NaN],
    ["a negative number", () => -5],
    ["Infinity", () => Number.POSITIVE_INFINITY],
    ["1e300", () => 1e300],
    ["a text", () => "5s"],
    ["digits", () => "5000"],
    ["null", () => null],
    ["nothing", () => undefined],
    ["an object", () => ({ ms: 5 })],
    ["a list", () => [5]],
    ["a bigint", () => 5n],
    ["a promise", async () => 5],
    ["a promise that rejects", async () => Promise.reject(new Error("late"))],
    [
      "an error",
      () => {
        throw new Error("backoff");
      },
    ],
  ])(
    "a function that gives %s loses no retry and makes none come at once: the default is used",
    (_, give) => {
      const faults: unknown[] = [];
      for (const failures of [1, 7, 2_000]) {
        const input = { failures, error: new Error("x") };
        const ms = backoffDelay(
          give as never,
          input,
          () => 0.999,
          (fault) => faults.push(fault),
        );
        expect(ms).toBe(backoffDelay(DEFAULT_BACKOFF, input, () => 0.999));
        expect(ms).toBeGreaterThan(900);
      }
      expect(faults).toHaveLength(3);
      expect(faults[0]).toBeInstanceOf(Error);
    },
  );

  it("goes on doubling without an end: the 2,000th failure waits as long as allowed", () => {
    const plain: Backoff = { type: "exponential", baseMs: 0, maxMs: 5_000, jitter: false };
    expect(delay(plain, 2_000)).toBe(100);
    expect(delay({ ...plain, baseMs: 1 }, 2_000)).toBe(5_000);
  });

  it("full jitter spreads 10,000 retries: no second sees more than three times the mean [F45]", () => {
    const seconds = new Map<number, number>();
    for (let job = 0; job < 10_000; job++) {
      const second = Math.floor(delay(DEFAULT_BACKOFF, 7) / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    // The seventh failure waits up to 64 s.
    expect(Math.max(...seconds.keys())).toBeLessThanOrEqual(64);
    expect(Math.max(...seconds.values())).toBeLessThan((3 * 10_000) / 64);
  });

  it.each([
    [Number.NaN],
    [-1],
    [Number.POSITIVE_INFINITY],
    [1e300],
    [[]],
    [[1, -1]],
    [[1, "5s"]],
    [[Number.NaN]],
    [["1s"]],
    ["1s..10m"],
    ["5s"],
    [null],
    [true],
    [{}],
    [new Array(2)],
    [{ type: "fixed", baseMs: 1, maxMs: 1 }],
    [{ type: "exponential" }],
    [{ type: "exponential", baseMs: 1_000 }],
    [{ type: "exponential", baseMs: Number.NaN, maxMs: 1 }],
    [{ type: "exponential", baseMs: 1, maxMs: Number.POSITIVE_INFINITY }],
    [{ type: "exponential", baseMs: "1s", maxMs: "10m" }],
    [{ type: "exponential", baseMs: 1, maxMs: 1, jitter: "yes" }],
    [{ type: "exponential", baseMs: 1, maxMs: 1, jiter: false }],
  ])("%j is refused where it is written down", (backoff) => {
    expect(() => checkBackoff(backoff as Backoff, 'task "mail": backoff')).toThrow(/task "mail": backoff/);
  });
});
