import { describe, expect, it } from "vitest";
import { isStoredMoment, parseMoment } from "./moment.ts";

describe("parseMoment", () => {
  it.each([
    ["2026-11-22T08:00Z", "2026-11-22T08:00:00.000Z"],
    ["2026-11-22T08:00:15Z", "2026-11-22T08:00:15.000Z"],
    ["2026-11-22T08:00:15.25Z", "2026-11-22T08:00:15.250Z"],
    ["2026-11-22T08:00:15.123456789Z", "2026-11-22T08:00:15.123Z"],
    ["2026-11-22T08:00+01:00", "2026-11-22T07:00:00.000Z"],
    ["2026-11-22T08:00-0330", "2026-11-22T11:30:00.000Z"],
    ["2026-01-01T00:00+14:00", "2025-12-31T10:00:00.000Z"],
    ["2028-02-29T09:00Z", "2028-02-29T09:00:00.000Z"],
    ["2000-02-29T09:00Z", "2000-02-29T09:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ])("reads %s", (written, moment) => {
    expect(new Date(parseMoment(written) ?? Number.NaN).toISOString()).toBe(moment);
  });

  it.each([
    "2027-02-30T09:00Z",
    "2027-02-29T09:00Z",
    "2100-02-29T09:00Z",
    "2027-04-31T09:00Z",
    "2027-02-31T09:00+01:00",
    "2027-00-10T09:00Z",
    "2027-13-01T09:00Z",
    "2027-01-00T09:00Z",
    "2027-01-32T09:00Z",
    "2027-01-01T24:00Z",
    "2027-01-01T24:00:00Z",
    "2027-01-01T23:60Z",
    "2016-12-31T23:59:60Z",
    "2027-01-01T09:00",
    "2027-01-01T09:00:00",
    "2027-01-01",
    "2027-01-01T09Z",
    "2027-1-1T09:00Z",
    "2027-01-01 09:00Z",
    "2027-01-01T09:00+25:00",
    "2027-01-01T09:00+15:00",
    "2027-01-01T09:00+01:60",
    "2027-01-01T09:00:00.Z",
    "1969-12-31T23:59Z",
    "0026-01-01T09:00Z",
    "+012027-01-01T09:00Z",
    "12027-01-01T09:00Z",
    "tomorrow",
    "",
    " 2027-01-01T09:00Z",
    1_800_000_000_000,
    null,
    new Date(0),
  ])("does not read %s", (written) => {
    expect(parseMoment(written)).toBeUndefined();
  });
});

describe("isStoredMoment", () => {
  it("holds what toISOString writes, and only days that there are", () => {
    for (let at = Date.UTC(1999, 0, 1); at < Date.UTC(2030, 0, 1); at += 86_400_000)
      expect(isStoredMoment(new Date(at).toISOString())).toBe(true);
    for (const year of [1900, 2026, 2027, 2028, 2100])
      for (let month = 1; month <= 12; month++)
        for (let day = 0; day <= 32; day++) {
          const text = `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}T09:00:00.000Z`;
          const isThere =
            day > 0 && new Date(Date.UTC(year, month - 1, day)).toISOString().startsWith(text.slice(0, 10));
          expect([text, isStoredMoment(text)]).toEqual([text, isThere]);
        }
  });

  it.each([
    "2027-02-30T09:00:00.000Z",
    "2027-01-01T24:00:00.000Z",
    "2027-01-01T09:00:60.000Z",
    "2027-01-01T09:00:00Z",
    "2027-01-01T09:00:00.000+00:00",
    "2027-01-01T09:00:00.000",
    1,
    null,
  ])("refuses %s", (value) => {
    expect(isStoredMoment(value)).toBe(false);
  });
});
