import { createRequire } from "node:module";
import type { Cron } from "croner";
import { type ZoneClock, zoneClock } from "./zone-clock.ts";

/** The moments at which a schedule is due, in ms since 1970. */
export interface Ticks {
  /** The first one after a moment; `undefined` without one. */
  after(ms: number): number | undefined;
  /** The latest `count` up to a moment, in order. */
  latest(until: number, count: number): readonly number[];
}

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** The most that clocks were ever put back, in ms. */
const LONGEST_REPEAT_MS = DAY_MS + 7_200_000;

/** Beyond this distance, in ms, clock changes are not searched day by day: only those near the next tick matter. */
const FAR_MS = 8 * DAY_MS;
const NEAR_MS = 4 * DAY_MS;

/** Named schedules such as `@daily`. Only `@hourly` is due in every hour. */
const NAMED = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;

/** The local time of a zone, as ms since 1970 as if the zone were UTC. */
type Wall = number;

/** Finds the local times that match the fields, without zones. */
interface CronFields {
  /** The first match after `wall`; `undefined` without one. */
  next(wall: Wall): Wall | undefined;
  /** The latest `count` matches before `wall`, the latest first. */
  latest(count: number, wall: Wall): readonly Wall[];
  /** Whether the hour field matches every hour. */
  readonly isEveryHour: boolean;
}

/**
 * The ticks of cron fields in the local time of a zone. If the hour field matches every hour, the schedule is one of
 * intervals: it is due at every match. Otherwise it is one of times of day. A time that a clock change skips is due
 * once after the gap; a repeated time is due the first time.
 * @throws Error that says what is wrong with the fields · RangeError for an unknown zone
 */
export function cronTicks(cron: string, timeZone: string): Ticks {
  const fields = readFields(cron);
  const zone = zoneClock(timeZone);
  const after = (ms: number) => tickAfter(fields, zone, ms);
  return { after, latest: (until, count) => latestTicks(fields, zone, { until, count }) };
}

function readFields(cron: string): CronFields {
  const fields = cron.trim().split(/\s+/);
  const isNamed = fields.length === 1 && NAMED.test(cron.trim());
  if (!isNamed && (fields.length < 5 || fields.length > 7))
    throw new Error("there must be 5 fields, or 6 with seconds, or 7 with a year");
  parse(cron);
  const hours = fields.length === 5 ? fields[1] : fields[2];
  return {
    next: (wall) => parse(cron).nextRun(new Date(wall))?.getTime(),
    latest: (count, wall) =>
      parse(cron)
        .previousRuns(count, new Date(wall))
        .map((date) => date.getTime()),
    isEveryHour: isNamed ? /hourly/i.test(cron) : comesEveryHour(hours ?? "*"),
  };
}

/** Whether 24 hours in a row match. */
function comesEveryHour(hours: string): boolean {
  const runs = parse(`0 0 ${hours} * * *`).nextRuns(24, new Date(-SECOND_MS));
  return runs[23]?.getTime() === 23 * 3_600_000;
}

/** Number of expressions that stay parsed. Each needs 80 KB, and an app may have a thousand of them. */
const MAX_PARSED = 50;
const parsed = new Map<string, Cron>();
let croner: typeof import("croner") | undefined;

/** Loads the library at the first schedule with cron. Its handling of zones is slow, and is not used. */
function parse(cron: string): Cron {
  const known = parsed.get(cron);
  if (known !== undefined) return known;
  croner ??= createRequire(import.meta.url)("croner") as typeof import("croner");
  const read = new croner.Cron(cron, { utcOffset: 0, paused: true });
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(cron, read);
  return read;
}

/** Searches the spans between two clock changes, each with a constant offset. */
function tickAfter(fields: CronFields, zone: ZoneClock, ms: number): number | undefined {
  let from = Math.floor(ms / SECOND_MS) * SECOND_MS;
  let offset = zone.offsetAt(from);
  let done = fields.isEveryHour ? from + offset : latestShown(zone, from, offset);
  for (;;) {
    const wall = fields.next(done);
    if (wall === undefined) return undefined;
    if (wall - offset - from > FAR_MS) {
      from = wall - offset - NEAR_MS;
      offset = zone.offsetAt(from);
      continue;
    }
    const [change] = zone.changes(from, wall - offset);
    if (change === undefined) return wall - offset;
    const shownAfter = change.at + change.after;
    if (!fields.isEveryHour && wall < shownAfter) return change.at;
    from = change.at;
    offset = change.after;
    done = (fields.isEveryHour ? shownAfter : Math.max(change.at + change.before, shownAfter)) - SECOND_MS;
  }
}

/** The latest local time so far, which is later than now after the clocks were put back. */
function latestShown(zone: ZoneClock, from: number, offset: number): Wall {
  const shown = zone.changes(from - LONGEST_REPEAT_MS, from).map(({ at, before }) => at + before - SECOND_MS);
  return Math.max(from + offset, ...shown);
}

/** Doubles the span until there are enough ticks: a clock change removes only a few of the matches. */
function latestTicks(
  fields: CronFields,
  zone: ZoneClock,
  { until, count }: { readonly until: number; readonly count: number },
): readonly number[] {
  const shown = Math.floor(until / SECOND_MS) * SECOND_MS + zone.offsetAt(until) + SECOND_MS;
  const oldest = fields.latest(count, shown).at(-1);
  if (oldest === undefined) return [];
  let found: number[] = [];
  for (
    let backMs = shown - oldest, tries = 0;
    found.length < count && tries < MAX_TRIES;
    backMs *= 2, tries++
  ) {
    found = [];
    for (let at = tickAfter(fields, zone, until - backMs); at !== undefined && at <= until; ) {
      found.push(at);
      at = tickAfter(fields, zone, at);
    }
  }
  return found.slice(-count);
}

/** The span doubles each time: after this many tries there are no more ticks. */
const MAX_TRIES = 5;
