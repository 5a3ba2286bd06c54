import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["250ms", 250],
    ["30s", 30_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1.5s", 1_500],
    [" 3s ", 3_000],
    ["1500", 1_500],
    [1_500, 1_500],
    ["0", 0],
    ["90", 90],
    ["1.5h", 5_400_000],
    ["36500d", 36_500 * 86_400_000],
  ])("reads %j as %d ms", (raw, ms) => {
    expect(parseDuration(raw)).toBe(ms);
  });

  it.each([
    "",
    "s",
    "3 s",
    "-1s",
    "-5s",
    "1e3",
    "1e3s",
    "0x10",
    "+5s",
    "5S",
    ".5s",
    "1.s",
    "1,5s",
    "1h30m",
    "5\u00a0s",
    "\uff15s",
    "3x",
    "1s2",
    "Infinity",
    "off",
    "36501d",
    "1e400",
    1e300,
    Number.NaN,
    -1,
    null,
    true,
    {},
    ["5s"],
  ])("refuses %j", (raw) => {
    expect(parseDuration(raw)).toBeUndefined();
  });

  it.each(["off", "Infinity", Number.POSITIVE_INFINITY])(
    "reads %j as no limit where that is allowed",
    (raw) => {
      expect(parseDuration(raw, true)).toBe(Number.POSITIVE_INFINITY);
    },
  );

  it("refuses a number of days that no number can hold", () => {
    expect(parseDuration("999999999999999d")).toBeUndefined();
  });
});

describe("formatDuration", () => {
  it("is read back as the same number of ms", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
      { seed: 1 },
    );
  });

  it.each([
    [90_000, "90s"],
    [86_400_000, "1d"],
    [1, "1ms"],
    [0, "0s"],
    [Number.POSITIVE_INFINITY, "off"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
