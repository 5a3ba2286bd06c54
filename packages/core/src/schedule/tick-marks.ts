import { type CoordinationStore, UNTIL_REMOVED_MS } from "../coordination/coordination-store.ts";

/** How long a worker that has taken a tick may need to send its job before another one does, in ms. */
export const CLAIM_MS = 30_000;

/** Once in so long, in ms, a worker says that it still sees to a schedule, also to one of few ticks. */
export const KEEP_MS = 86_400_000;

/** How long it is known how far a schedule has come, in ms: one that nobody has seen to for longer is a new one. */
const KNOWN_MS = 7 * 86_400_000;

/** How long it is known which ticks were sent, in ms: clocks of workers that are wrong by a day do no harm. */
const SENT_MS = 26 * 3_600_000;

const DAY_MS = 86_400_000;

const LAST = "schedules/last";
const PAUSED = "schedules/paused";

/** As many pauses of a schedule are remembered. */
const MAX_PAUSES = 20;

/** A claim of a tick is told from its settlement by its first sign. */
const CLAIMED_BY = "by ";

/** How a tick was settled. */
export type SettledTick = "sent" | "paused" | "refused";

/** A stretch of time in which a schedule was paused, both ends included, in ms since 1970. */
export interface Pause {
  readonly from: number;
  /** `Infinity` while it lasts. */
  readonly until: number;
}

/** A schedule as the coordination store knows it: one whose cadence was changed is another one. */
export interface MarkedSchedule {
  readonly name: string;
  /** The cadence in one line. */
  readonly cadence: string;
}

/** What workers write down about the ticks of schedules, so that each is sent by one of them. */
export interface TickMarks {
  /** Takes a tick for `owner`, or tells that another has taken or settled it. */
  claim(schedule: string, tick: number, owner: string): Promise<"own" | "taken" | "settled">;
  settle(schedule: string, tick: number, as: SettledTick): Promise<void>;
  /** That a schedule has come as far as this tick. */
  pass(schedule: MarkedSchedule, tick: number): Promise<void>;
  /** How far it has come; one that is seen for the first time, or with another cadence, begins `now`. */
  passed(schedule: MarkedSchedule, now: number): Promise<number>;
  /** That a worker sees to it: otherwise it would be a new one after a week without a tick. */
  keep(schedule: MarkedSchedule, now: number): Promise<void>;
  /** The last ticks by schedule. */
  last(): Promise<ReadonlyMap<string, number>>;
  /** Those that are paused now. */
  paused(): Promise<ReadonlySet<string>>;
  /** The latest pauses of one, of the last week at least. */
  pauses(schedule: string): Promise<readonly Pause[]>;
  pause(schedule: string, now: number): Promise<void>;
  resume(schedule: string, now: number): Promise<void>;
}

/** Creates {@link TickMarks} in a coordination store. */
export function createTickMarks(coordination: CoordinationStore): TickMarks {
  const readMark = async (set: string, schedule: string) =>
    (await coordination.list(set)).find(({ name }) => name === schedule)?.value;
  const pauses = async (schedule: string) => pausesOf(await readMark(PAUSED, schedule));
  const write = (name: string, value: string) => coordination.put({ set: LAST, name, value }, KNOWN_MS);
  const writePauses = (name: string, all: readonly Pause[], ttlMs: number) => {
    const value = all.slice(-MAX_PAUSES).map(({ from, until }) => `${from}-${until}`);
    return coordination.put({ set: PAUSED, name, value: value.join(" ") }, ttlMs);
  };
  return {
    async claim(schedule, tick, owner) {
      const value = `${CLAIMED_BY}${owner}`;
      const standing = await coordination.claim({ ...placeOf(schedule, tick), value }, CLAIM_MS);
      if (standing === value) return "own";
      return standing.startsWith(CLAIMED_BY) ? "taken" : "settled";
    },
    settle: (schedule, tick, as) => coordination.put({ ...placeOf(schedule, tick), value: as }, SENT_MS),
    pass: ({ name, cadence }, tick) => write(name, `tick ${tick} ${cadence}`),
    async passed({ name, cadence }, now) {
      const value = `since ${now} ${cadence}`;
      const standing = await coordination.claim({ set: LAST, name, value }, KNOWN_MS);
      if (isOf(standing, cadence)) return momentOf(standing);
      await write(name, value);
      return now;
    },
    async keep({ name, cadence }, now) {
      const standing = await readMark(LAST, name);
      const isKnown = standing !== undefined && isOf(standing, cadence);
      await write(name, isKnown ? standing : `since ${now} ${cadence}`);
    },
    async last() {
      const passed = (await coordination.list(LAST)).filter(({ value }) => value.startsWith("tick "));
      return new Map(passed.map(({ name, value }) => [name, momentOf(value)]));
    },
    async paused() {
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
  };
}

/** Whether one of the pauses still lasts. */
export function isPausedBy(pauses: readonly Pause[]): boolean {
  return pauses.some(({ until }) => until === Number.POSITIVE_INFINITY);
}

/** A set for each day, so that none grows for ever. */
function placeOf(schedule: string, tick: number): { readonly set: string; readonly name: string } {
  return { set: `schedule/${schedule}/${Math.floor(tick / DAY_MS)}`, name: String(tick) };
}

function pausesOf(value = ""): readonly Pause[] {
  const spans = value.split(" ").filter((span) => span !== "");
  return spans.map((span) => {
    const [from = 0, until = 0] = span.split("-").map(Number);
    return { from, until };
  });
}

/** `tick 1767225600000 0 3 * * * UTC`: what, when, and of which cadence. */
function isOf(value: string, cadence: string): boolean {
  return value.split(" ").slice(2).join(" ") === cadence;
}

function momentOf(value: string): number {
  return Number(value.split(" ")[1]);
}
