// Numbers and times as short text. Everything is shown in the reader's own language and time zone.

const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const hour = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From here on a count is shown in short. */
const SHORTENED = 100_000;

/** A count: `1,204`, `1.2M`, `–` when unknown. */
export function countText(n: number | null): string {
  if (n === null) return "–";
  return n < SHORTENED ? whole.format(n) : short.format(n);
}

/** `1 job`, `2 jobs`. */
export function jobsText(n: number): string {
  return `${whole.format(n)} ${n === 1 ? "job" : "jobs"}`;
}

/** A rate: `0.2/s`. */
export function rateText(perSecond: number | null): string {
  if (perSecond === null) return "–";
  const digits = perSecond === 0 || perSecond >= 100 ? 0 : 1;
  return `${perSecond.toFixed(digits)}/s`;
}

/** A duration with its two largest units: `12 ms`, `4.2 s`, `3 min 20 s`, `2 d 4 h`. */
export function durationText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  const value = Math.max(0, ms);
  if (value < SECOND) return `${Math.round(value)} ms`;
  if (value < 10 * SECOND) return `${(value / SECOND).toFixed(1)} s`;
  if (value < MINUTE) return `${Math.round(value / SECOND)} s`;
  if (value < HOUR) return twoUnits(value, MINUTE, "min", SECOND, "s");
  if (value < DAY) return twoUnits(value, HOUR, "h", MINUTE, "min");
  return twoUnits(value, DAY, "d", HOUR, "h");
}

// biome-ignore lint/complexity/useMaxParams: two units, each with its name.
function twoUnits(ms: number, large: number, largeName: string, little: number, littleName: string): string {
  const rest = Math.floor((ms % large) / little);
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? "" : ` ${rest} ${littleName}`}`;
}

/** How long ago, or how long until: `12 s ago`, `in 4 min`. */
export function agoText(at: number, now: number): string {
  const ms = now - at;
  if (Math.abs(ms) < SECOND) return "now";
  return ms > 0 ? `${durationText(ms)} ago` : `in ${durationText(-ms)}`;
}

/** Date and time. */
export const dateTimeText = (at: number): string => dateTime.format(at);

/** The time of day, without seconds. */
export const hourText = (at: number): string => hour.format(at);

/** The time of day. */
export const timeText = (at: number): string => time.format(at);

/** JSON for reading. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? "";
}

/** Characters that move the cursor, hide or turn text around: each is written as what it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Text of somebody else, in which nothing is invisible: `\u001b[31m`. */
export function plainText(text: string): string {
  return text.replace(INVISIBLE, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
