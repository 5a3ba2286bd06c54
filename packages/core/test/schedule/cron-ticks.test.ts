import { describe, expect, it, onTestFinished, vi } from "vitest";
import { cronTicks } from "../../src/schedule/cron-ticks.ts";

/** The ticks of a span, in UTC. */
function ticksIn(cron: string, timeZone: string, from: string, to: string): readonly string[] {
  const ticks = cronTicks(cron, timeZone);
  const found: string[] = [];
  for (
    let at = ticks.after(Date.parse(from) - 1);
    at !== undefined && at < Date.parse(to);
    at = ticks.after(at)
  )
    found.push(new Date(at).toISOString().slice(0, 16));
  return found;
}

describe("where clocks are put forward", () => {
  const spring = (cron: string) => ticksIn(cron, "Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T22:00Z");

  it.each([
    ["0 2,14 * * *", ["2026-03-29T01:00", "2026-03-29T12:00"]],
    ["0,30 2 * * *", ["2026-03-29T01:00"]],
    ["*/15 2 * * *", ["2026-03-29T01:00"]],
    ["30 2 * * *", ["2026-03-29T01:00"]],
    ["30 1-3 * * *", ["2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"]],
    ["0 3 * * *", ["2026-03-29T01:00"]],
    ["0 2,3 * * *", ["2026-03-29T01:00"]],
    ["0 */8 * * *", ["2026-03-28T23:00", "2026-03-29T06:00", "2026-03-29T14:00"]],
  ])("%s is due when the gap is over, once", (cron, ticks) => {
    expect(spring(cron)).toEqual(ticks);
  });

  it.each(["0 * * * *", "0 */1 * * *", "0 0-23 * * *", "@hourly", "0 0 * * * *"])(
    "%s comes each hour: nothing is left out of 23 hours, and nothing added",
    (cron) => {
      const ticks = spring(cron);
      expect(ticks).toHaveLength(23);
      expect(ticks.slice(0, 4).map((tick) => tick.slice(11))).toEqual(["23:00", "00:00", "01:00", "02:00"]);
    },
  );

  it("0 */2 * * * loses no tick: 02:00 is due at 03:00", () => {
    expect(spring("0 */2 * * *").slice(0, 3)).toEqual([
      "2026-03-28T23:00",
      "2026-03-29T01:00",
      "2026-03-29T02:00",
    ]);
  });

  it.each<[cron: string, timeZone: string, span: string, ticks: readonly string[]]>([
    ["0 0 * * *", "America/Sao_Paulo", "2018-11-04T00:00Z/2018-11-05T00:00Z", ["2018-11-04T03:00"]],
    ["30 0 * * *", "Asia/Beirut", "2024-03-30T12:00Z/2024-03-31T12:00Z", ["2024-03-30T22:00"]],
    ["15,45 0 * * FRI", "Africa/Cairo", "2024-04-25T12:00Z/2024-04-26T12:00Z", ["2024-04-25T22:00"]],
    ["15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00Z/2026-10-04T12:00Z", ["2026-10-03T15:30"]],
    ["0 2,14 30 12 *", "Pacific/Apia", "2011-12-01T00:00Z/2012-06-01T00:00Z", ["2011-12-30T10:00"]],
    [
      "0 12 * * *",
      "Pacific/Apia",
      "2011-12-29T12:00Z/2011-12-31T12:00Z",
      ["2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00"],
    ],
  ])(
    "%s in %s: a gap at midnight, of 30 minutes or of a day is like others",
    (cron, timeZone, span, ticks) => {
      const [from = "", to = ""] = span.split("/");
      expect(ticksIn(cron, timeZone, from, to)).toEqual(ticks);
    },
  );
});

it.each([
  ["30 2 29 3 *", "2026-03-29T01:00"],
  ["30 2 25 10 *", "2026-10-25T00:30"],
  ["30 2 * 10 SUN#L", "2026-10-25T00:30"],
])("%s is found months before, on the day of a change", (cron, tick) => {
  expect(ticksIn(cron, "Europe/Berlin", "2026-01-01T00:00Z", "2026-12-31T00:00Z")).toEqual([tick]);
});

describe("where clocks are put back", () => {
  const autumn = (cron: string) => ticksIn(cron, "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T23:00Z");

  it.each([
    ["0 2,14 * * *", ["2026-10-25T00:00", "2026-10-25T13:00"]],
    ["0,30 2 * * *", ["2026-10-25T00:00", "2026-10-25T00:30"]],
    ["30 2 * * *", ["2026-10-25T00:30"]],
    ["0 2,3 * * *", ["2026-10-25T00:00", "2026-10-25T02:00"]],
    ["0 */8 * * *", ["2026-10-24T22:00", "2026-10-25T07:00", "2026-10-25T15:00"]],
  ])("%s is due the first time, once", (cron, ticks) => {
    expect(autumn(cron)).toEqual(ticks);
  });

  it("*/15 2 * * * is due four times, not eight", () => {
    expect(autumn("*/15 2 * * *")).toHaveLength(4);
  });

  it("*/30 * * * * comes each hour: it is due in both", () => {
    expect(autumn("*/30 * * * *")).toHaveLength(50);
  });

  it("is the same whenever it is asked, also within the repeated hour", () => {
    const ticks = cronTicks("0,30 2 * * *", "Europe/Berlin");
    const next = Date.parse("2026-10-26T01:00Z");
    for (let at = Date.parse("2026-10-25T00:30Z"); at < next; at += 60_000)
      expect(ticks.after(at)).toBe(next);
  });
});

describe("the latest ticks", () => {
  it.each([
    ["* * * * *", "Europe/Berlin", "2026-10-25T02:30:30Z", 200],
    ["*/15 2 * * *", "Europe/Berlin", "2026-04-02T12:00:00Z", 10],
    ["* * * * * *", "UTC", "2026-01-01T00:00:00.500Z", 100],
    ["0 12 29 2 *", "America/New_York", "2026-01-01T00:00:00Z", 3],
  ])("of %s in %s before %s are those that come one after the other", (cron, timeZone, until, count) => {
    const ticks = cronTicks(cron, timeZone);
    const latest = ticks.latest(Date.parse(until), count);
    expect(latest).toHaveLength(count);
    const [first = 0] = latest;
    const again: number[] = [];
    for (let at = ticks.after(first - 1); at !== undefined && at <= Date.parse(until); at = ticks.after(at))
      again.push(at);
    expect(latest).toEqual(again);
  });
});

it("a thousand schedules of a zone read its clocks as often as one, since Intl is slow", () => {
  const read = vi.spyOn(Intl.DateTimeFormat.prototype, "formatToParts");
  onTestFinished(() => read.mockRestore());
  const from = Date.parse("2026-03-28T12:00Z");
  const due = Array.from({ length: 1_000 }, (_, index) =>
    cronTicks(`${index % 60} ${index % 24} * * *`, "Asia/Kathmandu").after(from),
  );
  expect(due.every((at) => at !== undefined && at > from)).toBe(true);
  // Nine times for each of four days.
  expect(read.mock.calls.length).toBeLessThan(50);
});
