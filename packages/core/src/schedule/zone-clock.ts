/** A change of a zone's clocks. Offsets are in ms east of UTC. */
export interface ClockChange {
  /** ms since 1970: the first moment with the new offset. */
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** The local time of a zone. */
export interface ZoneClock {
  /** The difference between local time and UTC at a moment, in ms. */
  offsetAt(ms: number): number;
  /** The changes after `from` and up to `to`, in order. */
  changes(from: number, to: number): readonly ClockChange[];
}

const DAY_MS = 86_400_000;

/** No two changes of a zone are closer; tested for all zones since 1970. */
const STEP_MS = DAY_MS / 8;

/** Number of cached days, so that a change is not searched at every tick. */
const MAX_DAYS = 1_000;

/** Gets a zone's local time from `Intl`, which knows all changes. @throws RangeError for an unknown zone */
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

  /** The changes after the start of a UTC day, up to the start of the next one. */
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

  /** A binary search, since clocks change at whole seconds. */
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
