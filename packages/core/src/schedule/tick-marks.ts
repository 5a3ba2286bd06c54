import { type Marks, UNTIL_REMOVED_MS } from "../marks/marks.ts";

/** How long a worker that has taken a tick may need to send its job before another one does, in ms. */
export const CLAIM_MS = 30_000;

/** How long it is known which ticks were sent, in ms: clocks of workers that are wrong by hours do no harm. */
const SENT_MS = 86_400_000;

const LAST = "schedules/last";
const PAUSED = "schedules/paused";

/** A claim of a tick is told from its settlement by its first sign. */
const CLAIMED_BY = "by ";

/** How a tick was settled. */
export type SettledTick = "sent" | "paused" | "refused";

/** What workers write down about the ticks of schedules, so that each is sent by one of them. */
export interface TickMarks {
  /** Takes a tick for `owner`, or tells that another has taken or settled it. */
  claim(schedule: string, tick: number, owner: string): Promise<"own" | "taken" | "settled">;
  settle(schedule: string, tick: number, as: SettledTick): Promise<void>;
  /** That a schedule has come as far as this tick. */
  pass(schedule: string, tick: number): Promise<void>;
  /** How far it has come; a schedule seen for the first time begins `now`. */
  passed(schedule: string, now: number): Promise<number>;
  /** The last ticks by schedule. */
  last(): Promise<ReadonlyMap<string, number>>;
  paused(): Promise<ReadonlySet<string>>;
  pause(schedule: string): Promise<void>;
  resume(schedule: string): Promise<void>;
}

/** Creates {@link TickMarks} in a notebook. */
export function createTickMarks(marks: Marks): TickMarks {
  return {
    async claim(schedule, tick, owner) {
      const value = `${CLAIMED_BY}${owner}`;
      const standing = await marks.claim({ ...placeOf(schedule, tick), value }, CLAIM_MS);
      if (standing === value) return "own";
      return standing.startsWith(CLAIMED_BY) ? "taken" : "settled";
    },
    settle: (schedule, tick, as) => marks.put({ ...placeOf(schedule, tick), value: as }, SENT_MS),
    pass: (schedule, tick) =>
      marks.put({ set: LAST, name: schedule, value: `tick ${tick}` }, UNTIL_REMOVED_MS),
    async passed(schedule, now) {
      const mark = { set: LAST, name: schedule, value: `since ${now}` };
      return momentOf(await marks.claim(mark, UNTIL_REMOVED_MS));
    },
    async last() {
      const passed = (await marks.list(LAST)).filter(({ value }) => value.startsWith("tick "));
      return new Map(passed.map(({ name, value }) => [name, momentOf(value)]));
    },
    paused: async () => new Set((await marks.list(PAUSED)).map(({ name }) => name)),
    pause: (schedule) => marks.put({ set: PAUSED, name: schedule, value: "paused" }, UNTIL_REMOVED_MS),
    resume: (schedule) => marks.remove(PAUSED, schedule),
  };
}

/** A set for each day, so that none grows for ever. */
function placeOf(schedule: string, tick: number): { readonly set: string; readonly name: string } {
  return { set: `schedule/${schedule}/${Math.floor(tick / SENT_MS)}`, name: String(tick) };
}

function momentOf(value: string): number {
  return Number(value.slice(value.indexOf(" ") + 1));
}
