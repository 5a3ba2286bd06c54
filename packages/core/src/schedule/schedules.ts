import type { AppCoordination } from "../coordination/open-coordination.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { EnqueuedJob } from "../job/enqueue.ts";
import { checkArgument } from "../options/check-options.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { textOrEmpty } from "../options/option-rules.ts";
import type { Producer } from "../producer/producer.ts";
import { cadenceText, ticksOf } from "./due-ticks.ts";
import type { Schedule, ScheduleOptions } from "./schedule.ts";
import { definedInCode, type StoredSchedules } from "./stored-schedules.ts";
import { createTickRecords, type TickRecords } from "./tick-records.ts";

/** Number of future ticks in a state. */
const LISTED_TICKS = 3;

/** The state of a schedule. */
export interface ScheduleState {
  readonly schedule: Schedule;
  readonly isPaused: boolean;
  /** Whether it was made by `set`, so that `set` and `remove` can change it. */
  readonly isStored: boolean;
  /** The last handled tick, in ms since 1970. Absent before the first one, and without a coordination store. */
  readonly lastAt?: number;
  /** The next ticks, in ms since 1970; none while it is paused. */
  readonly nextAt: readonly number[];
}

/** Manages the schedules of an app. */
export interface Schedules {
  /** All of them, by name. */
  list(): Promise<readonly ScheduleState[]>;
  /**
   * Sends a job of a schedule now, independent of its ticks.
   * @throws ConfigError for an unknown name · as `app.enqueue`
   */
  run(name: string): Promise<EnqueuedJob>;
  /**
   * Stops the jobs until `resume`; ticks during the pause are never sent.
   * @throws ConfigError for an unknown name · UnsupportedError without a coordination store
   */
  pause(name: string): Promise<void>;
  /** @throws ConfigError for an unknown name · UnsupportedError without a coordination store */
  resume(name: string): Promise<void>;
  /**
   * Makes a schedule at run time, or changes one that was made so. Workers know it within 10 s, and then send the tick
   * that was due meanwhile. Ticks of the earlier definition are not sent any more. Only in an app with
   * `storedSchedules`.
   * @throws ConfigError for a name that the code has, and as `defineSchedule` · UnknownTaskError · SignatureError ·
   * NotJsonError · UnsupportedError without a coordination store
   */
  set<Input>(name: string, schedule: ScheduleOptions<Input>): Promise<void>;
  /**
   * Removes a schedule that was made by `set`. Jobs that are sent already stay.
   * @throws ConfigError for another name · UnsupportedError without a coordination store
   */
  remove(name: string): Promise<void>;
}

/** The parts of an app that manage its schedules. */
export interface SchedulesParts {
  readonly schedules: readonly Schedule[];
  /** `undefined` where the app has none at run time. */
  readonly stored: StoredSchedules | undefined;
  readonly appCoordination: AppCoordination;
  readonly producer: Producer;
  /** ms since 1970. */
  now(): number;
}

/** Creates {@link Schedules}. */
export function createSchedules(parts: SchedulesParts): Schedules {
  const { schedules, stored, producer, appCoordination } = parts;
  const coordination = appCoordination.coordination && createTickRecords(appCoordination.coordination);

  const listStored = async () => ((await stored?.list()) ?? []).map(({ schedule }) => schedule);

  async function find(name: string): Promise<Schedule> {
    checkArgument(name, "the name of a schedule", textOrEmpty);
    const own = schedules.find((one) => one.name === name);
    if (own !== undefined) return own;
    const made = await listStored();
    const schedule = made.find((one) => one.name === name);
    if (schedule !== undefined) return schedule;
    throw noSuchSchedule(name, [...schedules, ...made]);
  }

  function tickRecords(): TickRecords {
    if (coordination !== undefined) return coordination;
    const hint = "Give the app a result store: its coordination store holds pauses on every broker.";
    throw appCoordination.refuse({
      feature: "schedules",
      message: "has no coordination store for schedules",
      hint,
    });
  }

  function storedSchedules(): StoredSchedules {
    if (stored !== undefined) return stored;
    throw new ConfigError("this app has no schedules at run time.", {
      hint: "Pass storedSchedules: true to createApp, in all processes of the app.",
    });
  }

  return {
    async list() {
      const [lastTicks, pausedNames, made] = await Promise.all([
        coordination?.lastTicks(),
        coordination?.pausedNames(),
        listStored(),
      ]);
      const read = { lastTicks, pausedNames, made: new Set(made), now: parts.now() };
      const states = [...schedules, ...made].map((schedule) => stateOf(schedule, read));
      return states.sort((one, other) => (one.schedule.name < other.schedule.name ? -1 : 1));
    },
    async run(name) {
      const { task, params, options } = await find(name);
      return producer.enqueue(task, params, options);
    },
    pause: async (name) => tickRecords().pause((await find(name)).name, parts.now()),
    resume: async (name) => tickRecords().resume((await find(name)).name, parts.now()),
    async set(name, schedule) {
      const records = tickRecords();
      const cadence = await storedSchedules().set(name, schedule);
      // A tick that is due before a worker has read the schedule is sent by it.
      await records.position({ name, cadence: cadenceText(cadence) }, parts.now());
    },
    async remove(name) {
      checkArgument(name, "the name of a schedule", textOrEmpty);
      if (schedules.some((one) => one.name === name))
        throw definedInCode(name, "Remove it there, or pause it.");
      const records = tickRecords();
      if (!(await storedSchedules().remove(name)))
        throw noSuchSchedule(name, [...schedules, ...(await listStored())]);
      await records.forget(name);
    },
  };
}

function noSuchSchedule(name: string, schedules: readonly Schedule[]): ConfigError {
  const names = schedules.map((one) => one.name);
  const close = didYouMean(name, names);
  const known = names.length === 0 ? "This app has none." : `Known: ${names.join(", ")}.`;
  return new ConfigError(`there is no schedule ${JSON.stringify(name.slice(0, 80))}.`, {
    hint: close === undefined ? known : `Did you mean ${close}?`,
  });
}

/** What was read of all schedules. */
interface ScheduleReading {
  readonly lastTicks: ReadonlyMap<string, number> | undefined;
  readonly pausedNames: ReadonlySet<string> | undefined;
  readonly made: ReadonlySet<Schedule>;
  readonly now: number;
}

function stateOf(schedule: Schedule, { lastTicks, pausedNames, made, now }: ScheduleReading): ScheduleState {
  const isPaused = pausedNames?.has(schedule.name) ?? false;
  const lastAt = lastTicks?.get(schedule.name);
  const nextAt = isPaused ? [] : nextTicks(schedule, now);
  const isStored = made.has(schedule);
  return { schedule, isPaused, isStored, nextAt, ...(lastAt === undefined ? {} : { lastAt }) };
}

function nextTicks({ cadence }: Schedule, now: number): readonly number[] {
  const ticks = ticksOf(cadence);
  const next: number[] = [];
  for (let at = ticks.after(now); at !== undefined && next.length < LISTED_TICKS; at = ticks.after(at)) {
    next.push(at);
  }
  return next;
}
