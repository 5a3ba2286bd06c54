import fc from "fast-check";
import { expect, test } from "vitest";
import { cronTicks } from "../../src/schedule/cron-ticks.ts";
import {
  CALM_MINUTES,
  type OffsetStart,
  type OracleFields,
  oracleTicks,
  readOffsets,
  shownMinutes,
} from "./cron-oracle.ts";

const MINUTE_MS = 60_000;
const EVERY_HOUR = Array.from({ length: 24 }, (_, index) => index);

/** Every expression shape, as text and as sets. */
const SHAPES: readonly (readonly [cron: string, fields: OracleFields])[] = [
  ["0 2,14 * * *", { minutes: [0], hours: [2, 14] }],
  ["0,30 2 * * *", { minutes: [0, 30], hours: [2] }],
  ["*/15 2 * * *", { minutes: [0, 15, 30, 45], hours: [2] }],
  ["0 */2 * * *", { minutes: [0], hours: EVERY_HOUR.filter((hour) => hour % 2 === 0) }],
  ["*/30 0-22 * * *", { minutes: [0, 30], hours: EVERY_HOUR.slice(0, 23) }],
  ["10 * * * *", { minutes: [10], hours: EVERY_HOUR }],
  ["*/20 0-23 * * *", { minutes: [0, 20, 40], hours: EVERY_HOUR }],
  ["0 0 * * *", { minutes: [0], hours: [0] }],
  ["59 23 * * *", { minutes: [59], hours: [23] }],
  ["5 0,1,2,3 1,30 * *", { minutes: [5], hours: [0, 1, 2, 3], days: [1, 30] }],
  ["30 1 * 3,4,10,11,12 *", { minutes: [30], hours: [1], months: [3, 4, 10, 11, 12] }],
  ["15,45 0,3,23 * * SUN,FRI", { minutes: [15, 45], hours: [0, 3, 23], weekdays: [0, 5] }],
];

/** The years of a zone to compare, both included. */
interface ZoneYears {
  readonly zone: string;
  readonly years: readonly [first: number, last: number];
}

/** A span of minutes to compare, and the zones whose clocks show the same in it. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly starts: readonly OffsetStart[];
  readonly zones: string[];
}

const minuteOf = (year: number, day: number) => Date.UTC(year, 0, day) / MINUTE_MS;

/** The days around each change of the clocks, and four other days of each year. */
function spansOf(compared: readonly ZoneYears[]): readonly Span[] {
  const spans = new Map<string, Span>();
  for (const { zone, years } of compared) {
    const [first, last] = [minuteOf(years[0], 1), minuteOf(years[1] + 1, 1)];
    const starts = readOffsets(zone, first - 4 * CALM_MINUTES, last + 4 * CALM_MINUTES);
    const changes = starts.slice(1).map(({ at }) => at);
    const others = Array.from({ length: years[1] - years[0] + 1 }, (_, index) =>
      minuteOf(years[0] + index, 1 + ((37 * (years[0] + index)) % 365)),
    );
    for (const at of [...changes, ...others].filter((at) => at >= first && at < last)) {
      const [from, to] = [at - CALM_MINUTES, at + CALM_MINUTES];
      const within = starts.filter(
        ({ at }, index) => at < to && (starts[index + 1]?.at ?? to) > from - CALM_MINUTES,
      );
      // What came long before does not matter, so that zones with one history since then share a span.
      const shared = within.map(({ at, offset }) => ({ at: Math.max(at, from - CALM_MINUTES), offset }));
      const key = JSON.stringify([from, shared]);
      const span = spans.get(key) ?? { from, to, starts: shared, zones: [] };
      span.zones.push(zone);
      spans.set(key, span);
    }
  }
  return [...spans.values()].sort((one, other) => one.from - other.from);
}

/** The minutes from which the next tick is asked for: around each change, also within a repeated time. */
function askedFrom({ from, to, starts }: Span): readonly number[] {
  return starts
    .flatMap(({ at }) => [-61, -29, -1, 0, 1, 31, 61, 121].map((minutes) => at + minutes))
    .filter((at) => at >= from && at < to);
}

/** The first difference between the product's ticks and those of the oracle, in words. */
function difference(cron: string, zone: string, span: Span, expected: readonly number[]): string | undefined {
  const ticks = cronTicks(cron, zone);
  const text = (ms = Number.NaN) => (Number.isNaN(ms) ? "nothing" : new Date(ms).toISOString().slice(0, 16));
  const isOther = (found: number | undefined, minute: number | undefined) =>
    minute === undefined ? found !== undefined && found < span.to * MINUTE_MS : found !== minute * MINUTE_MS;
  const told = (what: string, found: number | undefined, minute: number | undefined) =>
    `${zone} ${cron}: ${what} ${text(found)} instead of ${text(minute && minute * MINUTE_MS)}`;
  let at = ticks.after(span.from * MINUTE_MS - 1);
  for (const minute of [...expected, undefined]) {
    if (isOther(at, minute)) return told("comes", at, minute);
    if (minute !== undefined) at = ticks.after(minute * MINUTE_MS);
  }
  for (const asked of askedFrom(span)) {
    const found = ticks.after(asked * MINUTE_MS);
    const next = expected.find((minute) => minute > asked);
    if (isOther(found, next)) return told(`after ${text(asked * MINUTE_MS)} comes`, found, next);
  }
  // Backwards once for each span: it takes as long as the rest, and walks the same way forwards in the end.
  if (zone !== span.zones[0]) return undefined;
  const latest = ticks.latest(span.to * MINUTE_MS - 1, expected.length);
  const wrong = expected.findIndex((minute, index) => isOther(latest[index], minute));
  return wrong === -1 ? undefined : told("the latest are", latest[wrong], expected[wrong]);
}

/** Compares the product with the oracle, and counts the ticks. */
function compare(spans: readonly Span[]): {
  readonly differences: readonly string[];
  readonly ticks: number;
} {
  const differences: string[] = [];
  let ticks = 0;
  for (const span of spans) {
    const before = span.from - CALM_MINUTES;
    const shown = shownMinutes(span.starts, before, span.to);
    for (const [cron, fields] of SHAPES) {
      const expected = oracleTicks(shown, before, fields).filter((minute) => minute >= span.from);
      for (const zone of span.zones) {
        ticks += expected.length;
        const found = difference(cron, zone, span, expected);
        if (found !== undefined) differences.push(found);
      }
    }
  }
  return { differences, ticks };
}

/** All zones of the years that JOBS_TEST_ZONE_YEARS names, such as 1975-2034; otherwise a few of each, always the same. */
function zoneYears(): readonly ZoneYears[] {
  const zones = Intl.supportedValuesOf("timeZone");
  const [first, last] = (process.env.JOBS_TEST_ZONE_YEARS ?? "").split("-").map(Number);
  if (first !== undefined && last !== undefined) return zones.map((zone) => ({ zone, years: [first, last] }));
  const known: readonly (readonly [string, number])[] = [
    ["Europe/Berlin", 2026],
    ["America/Sao_Paulo", 2018],
    ["Asia/Beirut", 2024],
    ["Africa/Cairo", 2024],
    ["Africa/Casablanca", 2026],
    ["Australia/Lord_Howe", 2026],
    ["Pacific/Apia", 2011],
    ["Pacific/Kwajalein", 1993],
    ["America/St_Johns", 1988],
    ["Antarctica/Troll", 2026],
  ];
  const others = fc.sample(fc.tuple(fc.constantFrom(...zones), fc.integer({ min: 1975, max: 2034 })), {
    seed: 7,
    numRuns: 15,
  });
  return [...known, ...others].map(([zone, year]) => ({ zone, years: [year, year] }));
}

test("cron agrees with a look at every minute around each change of the clocks, for zones and years [F44]", () => {
  const compared = zoneYears();
  const spans = spansOf(compared);
  const { differences, ticks } = compare(spans);
  expect(differences).toEqual([]);
  expect(ticks).toBeGreaterThan(0);
  if (process.env.JOBS_TEST_ZONE_YEARS !== undefined)
    process.stdout.write(
      `${compared.length} zones, ${spans.length} different spans, ${ticks} ticks compared\n`,
    );
}, 7_200_000);
