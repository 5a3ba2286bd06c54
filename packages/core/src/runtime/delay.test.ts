import { describe, expect, it } from "vitest";
import { ConfigError, RetryLater } from "../index.ts";
import { checkDelay, isDelay, MAX_DELAY_MS } from "./delay.ts";

/** Values that are not a time in any option. */
const NO_DELAYS = [
  Number.NaN,
  -1,
  -0.001,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e300,
  MAX_DELAY_MS + 1,
  "5s",
  "5000",
  "",
  null,
  undefined,
  {},
  [5],
  5n,
  true,
  new Date(5),
  () => 5,
];

describe("a delay", () => {
  it.each(NO_DELAYS)("is not %s", (value) => {
    expect(isDelay(value)).toBe(false);
    expect(() => checkDelay(value, "the pause")).toThrow(
      /^the pause must be a number of ms from 0 to .*; got /,
    );
  });

  it.each([0, 0.5, 1, 2 ** 31, MAX_DELAY_MS])("is %d", (ms) => {
    expect(isDelay(ms)).toBe(true);
  });

  it("may be bounded further, or have no end, where the caller says so", () => {
    expect(isDelay(0, { isPositive: true })).toBe(false);
    expect(isDelay(Number.POSITIVE_INFINITY, { isEndless: true })).toBe(true);
    expect(isDelay(Number.NaN, { isEndless: true, isPositive: true })).toBe(false);
  });

  it.each(NO_DELAYS)("RetryLater(%s) is refused where it is made", (value) => {
    expect(() => new RetryLater(value as number)).toThrow(ConfigError);
  });

  it("RetryLater keeps a delay as it is", () => {
    expect(new RetryLater(0).delayMs).toBe(0);
    expect(new RetryLater(2_592_000_000).delayMs).toBe(2_592_000_000);
  });
});
