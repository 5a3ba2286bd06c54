import { type CoordinationStore, UNTIL_REMOVED_MS } from "../coordination/coordination-store.ts";

/** How long a worker that took a tick may need to send its job, in ms. Then another worker sends it. */
export const CLAIM_MS = 30_000;

/** How often a worker marks a schedule as in use, in ms. So schedules with few ticks stay known. */
export const RECORD_IN_USE_MS = 86_400_000;

/** How long the position of a schedule is kept, in ms. An unused schedule counts as new after it. */
const KNOWN_MS = 7 * 86_400_000;

/** How long sent ticks are kept, in ms: clocks of workers may be wrong by a day. */
const SENT_MS = 26 * 3_600_000;

const DAY_MS = 86_400_000;

const LAST = "schedules/last";
const PAUSED = "schedules/paused";

/** The most time spans of pauses that are kept of a schedule. */
const MAX_PAUSES = 20;

/** The prefix of a claim, which distinguishes it from an outcome. */
const CLAIMED_BY = "by ";

/** How a tick has ended. */
export type TickOutcome = "sent" | "paused" | "refused";

/** A time span in which a schedule was paused, both ends included, in ms since 1970. */
export interface Pause {
  readonly from: number;
  /** `Infinity` while it lasts. */
  readonly until: number;
}

/** A schedule in the coordination store. With a changed cadence it is another schedule. */
export interface RecordedSchedule {
  readonly name: string;
  /** The cadence as one line of text. */
  readonly cadence: string;
}

/** What workers record about ticks in the coordination store, so that only one worker sends each tick. */
export interface TickRecords {
  /** Takes a tick for `owner`, or resolves with whether another has taken or finished it. */
  claim(schedule: string, tick: number, owner: string): Promise<"own" | "taken" | "finished">;
  finish(schedule: string, tick: number, as: TickOutcome): Promise<void>;
  /** Records that a schedule has reached this tick. */
  setPosition(schedule: RecordedSchedule, tick: number): Promise<void>;
  /** The position of a schedule. A new one, or one with another cadence, begins `now`. */
  position(schedule: RecordedSchedule, now: number): Promise<number>;
  /** Marks it as in use: otherwise it would count as new after a week without a tick. */
  markInUse(schedule: RecordedSchedule, now: number): Promise<void>;
  /** The last ticks by schedule. */
  lastTicks(): Promise<ReadonlyMap<string, number>>;
  /** Names of the schedules that are paused now. */
  pausedNames(): Promise<ReadonlySet<string>>;
  /** The pauses of a schedule, at least of the last week. The oldest of many are one, with the time between them. */
  pauses(schedule: string): Promise<readonly Pause[]>;
  pause(schedule: string, now: number): Promise<void>;
  resume(schedule: string, now: number): Promise<void>;
  /** Removes its pauses and its position: a later schedule of this name is a new one. */
  forget(schedule: string): Promise<void>;
}

/** Creates {@link TickRecords} in a coordination store. */
export function createTickRecords(coordination: CoordinationStore): TickRecords {
  const readValue = async (set: string, schedule: string) =>
    (await coordination.list(set)).find(({ name }) => name === schedule)?.value;
  const pauses = async (schedule: string) => pausesOf(await readValue(PAUSED, schedule));
  const write = (name: string, value: string) => coordination.put({ set: LAST, name, value }, KNOWN_MS);
  const writePauses = (name: string, all: readonly Pause[], ttlMs: number) => {
    const value = joinOldest(all).map(({ from, until }) => `${from}-${until}`);
    return coordination.put({ set: PAUSED, name, value: value.join(" ") }, ttlMs);
  };
  return {
    async claim(schedule, tick, owner) {
      const value = `${CLAIMED_BY}${owner}`;
      const standing = await coordination.claim({ ...keyOf(schedule, tick), value }, CLAIM_MS);
      if (standing === value) return "own";
      return standing.startsWith(CLAIMED_BY) ? "taken" : "finished";
    },
    finish: (schedule, tick, as) => coordination.put({ ...keyOf(schedule, tick), value: as }, SENT_MS),
    setPosition: ({ name, cadence }, tick) => write(name, `tick ${tick} ${cadence}`),
    async position({ name, cadence }, now) {
      const value = `since ${now} ${cadence}`;
      const standing = await coordination.claim({ set: LAST, name, value }, KNOWN_MS);
      if (hasCadence(standing, cadence)) return timeOf(standing);
      await write(name, value);
      return now;
    },
    async markInUse({ name, cadence }, now) {
      const standing = await readValue(LAST, name);
      const isKnown = standing !== undefined && hasCadence(standing, cadence);
      await write(name, isKnown ? standing : `since ${now} ${cadence}`);
    },
    async lastTicks() {
      const passed = (await coordination.list(LAST)).filter(({ value }) => value.startsWith("tick "));
      return new Map(passed.map(({ name, value }) => [name, timeOf(value)]));
    },
    async pausedNames() {
      const all = await coordination.list(PAUSED);
      return new Set(all.filter(({ value }) => isPausedBy(pausesOf(value))).map(({ name }) => name));
    },
    pauses,
    async pause(schedule, now) {
      const known = await pauses(schedule);
      if (isPausedBy(known)) return;
      await writePauses(
        schedule,
        [...known, { from: now, until: Number.POSITIVE_INFINITY }],
        UNTIL_REMOVED_MS,
      );
    },
    async resume(schedule, now) {
      const known = await pauses(schedule);
      if (!isPausedBy(known)) return;
      const ended = known.map((one) =>
        one.until === Number.POSITIVE_INFINITY ? { ...one, until: now } : one,
      );
      await writePauses(schedule, ended, KNOWN_MS + DAY_MS);
    },
    async forget(schedule) {
      for (const set of [PAUSED, LAST]) await coordination.remove(set, schedule);
    },
  };
}

/**
 * Joins the oldest pauses into one, so that the record stays small. A dropped pause would be worse: its ticks would be
 * made up for. So a tick between the joined ones is not made up for either.
 */
function joinOldest(pauses: readonly Pause[]): readonly Pause[] {
  const oldest = pauses.slice(0, Math.max(0, pauses.length - MAX_PAUSES) + 1);
  const [first] = oldest;
  if (first === undefined) return pauses;
  const until = Math.max(...oldest.map((pause) => pause.until));
  return [{ from: first.from, until }, ...pauses.slice(oldest.length)];
}

/** Whether one of the pauses has not ended. */
export function isPausedBy(pauses: readonly Pause[]): boolean {
  return pauses.some(({ until }) => until === Number.POSITIVE_INFINITY);
}

/** A set for each day, so that none grows for ever. */
function keyOf(schedule: string, tick: number): { readonly set: string; readonly name: string } {
  return { set: `schedule/${schedule}/${Math.floor(tick / DAY_MS)}`, name: String(tick) };
}

function pausesOf(value = ""): readonly Pause[] {
  const spans = value.split(" ").filter((span) => span !== "");
  return spans.map((span) => {
    const [from = 0, until = 0] = span.split("-").map(Number);
    return { from, until };
  });
}

/** The format is `tick 1767225600000 0 3 * * * UTC`: kind, time and cadence. */
function hasCadence(value: string, cadence: string): boolean {
  return value.split(" ").slice(2).join(" ") === cadence;
}

function timeOf(value: string): number {
  return Number(value.split(" ")[1]);
}
