import { describe, expect, it } from "vitest";
import { formatRate, parseRate } from "../task/rate.ts";
import { limitReader, pauseReader } from "./task-settings.ts";

describe("limits of tasks, as they are written", () => {
  it.each([
    ["10/s", 10],
    ["600/m", 10],
    [" 36000 / h ", 10],
    ["1/d", 1 / 86_400],
    ["0.5/s", 0.5],
    [2, 2],
    ["off", Number.POSITIVE_INFINITY],
    ["0/s", undefined],
    ["10", undefined],
    ["10/y", undefined],
    ["-1/s", undefined],
    [0, undefined],
    [Number.NaN, undefined],
    [true, undefined],
  ])("reads the rate %j as %j a second", (raw, perSecond) => {
    expect(parseRate(raw)).toBe(perSecond);
  });

  it.each(["10/s", "7/m", "1000/h", "5/d", "off"])("shows the rate %s as it was written", (written) => {
    expect(formatRate(parseRate(written) as number)).toBe(written);
  });

  it.each([
    ["3", 3],
    [3, 3],
    ["off", Number.POSITIVE_INFINITY],
    ["0", undefined],
    ["many", undefined],
  ])("reads the concurrency %j as %j", (raw, value) => {
    expect(limitReader.read(raw)).toBe(value);
  });

  it("reads a pause from text, and takes a function from code as it is [C22]", () => {
    const isNight = () => true;
    expect([pauseReader.read("yes"), pauseReader.read("no"), pauseReader.read(isNight)]).toEqual([
      true,
      false,
      isNight,
    ]);
    expect(pauseReader.read("maybe")).toBeUndefined();
  });
});
