/** The form of a moment, for messages and documentation. */
export const MOMENT_FORM = "a moment such as 2026-11-22T08:00Z or 2026-11-22T09:30:15+01:00";

const WRITTEN = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|[+-](\d{2}):?(\d{2}))$/;

/**
 * Fixed width in UTC, so that moments sort as text. It accepts every day that exists in some year; `Date` would be
 * slower.
 */
const STORED =
  /^\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2\d))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** The first year of a written moment; an earlier one is a typing error. */
const FIRST_YEAR = 1970;

/** The largest offset of a zone from UTC, in hours. */
const MAX_OFFSET_HOURS = 14;

/**
 * Reads a moment: a year from 1970 to 9999, month, day, `T`, hours and minutes, then `Z` or an offset. Seconds and
 * their fraction are optional. Returns ms since 1970. `undefined` for anything else, even if `Date` accepts it: an
 * impossible day, an hour 24, a second 60, or no zone.
 */
export function parseMoment(written: unknown): number | undefined {
  if (typeof written !== "string") return undefined;
  const [, day, hour, minute, second = "00", offsetHour = "00", offsetMinute = "00"] =
    WRITTEN.exec(written) ?? [];
  if (day === undefined || !isDay(day) || Number(day.slice(0, 4)) < FIRST_YEAR) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHour) > MAX_OFFSET_HOURS || Number(offsetMinute) > 59) return undefined;
  const ms = Date.parse(written.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(ms) ? undefined : ms;
}

/** Whether a value is a moment in the form of envelopes: `2026-01-31T12:00:00.000Z`. */
export function isStoredMoment(value: unknown): value is string {
  if (typeof value !== "string" || !STORED.test(value)) return false;
  return value.slice(5, 10) !== "02-29" || isDay(value.slice(0, 10));
}

/** Whether a day such as `2026-01-31` exists. */
function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00.000Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
