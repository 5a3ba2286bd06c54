/** A moment at which the clocks of a zone are changed. Offsets are in ms east of UTC. */
export interface ClockChange {
  /** ms since 1970: the first moment with the new offset. */
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** What the clocks of a zone show. */
export interface ZoneClock {
  /** What to add to a moment to get what the clocks show, both in ms. */
  offsetAt(ms: number): number;
  /** The changes after `from` and up to `to`, in order. */
  changes(from: number, to: number): readonly ClockChange[];
}

const DAY_MS = 86_400_000;

/** Changes are closer to each other nowhere; tried for all zones since 1970. */
const STEP_MS = DAY_MS / 8;

/** So many days are remembered: a change is looked for once, not at every tick. */
const MAX_DAYS = 1_000;

/** Reads a zone's clocks from `Intl`, which knows all changes. @throws RangeError for an unknown zone */
export function zoneClock(timeZone: string): ZoneClock {
  if (timeZone === "UTC") return { offsetAt: () => 0, changes: () => [] };
  const format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...FIELDS });
  const changesByDay = new Map<number, readonly ClockChange[]>();

  function offsetAt(ms: number): number {
    const shown: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) shown[type] = Number(value);
    const { year = 0, month = 1, day, hour, minute, second } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000;
  }

  /** Those after the beginning of a day of UTC and up to the beginning of the next one. */
  function changesOf(day: number): readonly ClockChange[] {
    const known = changesByDay.get(day);
    if (known !== undefined) return known;
    if (changesByDay.size >= MAX_DAYS) changesByDay.clear();
    const found: ClockChange[] = [];
    let before = offsetAt(day * DAY_MS);
    for (let from = day * DAY_MS; from < (day + 1) * DAY_MS; from += STEP_MS) {
      const after = offsetAt(from + STEP_MS);
      if (after !== before) found.push({ at: firstWith(after, from, from + STEP_MS), before, after });
      before = after;
    }
    changesByDay.set(day, found);
    return found;
  }

  /** By halves; clocks are changed at whole seconds. */
  function firstWith(offset: number, from: number, to: number): number {
    let [low, high] = [from / 1_000, to / 1_000];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle * 1_000) === offset) high = middle;
      else low = middle;
    }
    return high * 1_000;
  }

  return {
    offsetAt,
    changes(from, to) {
      const found: ClockChange[] = [];
      for (let day = Math.floor(from / DAY_MS); day * DAY_MS < to; day++)
        found.push(...changesOf(day).filter(({ at }) => at > from && at <= to));
      return found;
    },
  };
}

const FIELDS = {
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
} as const;
