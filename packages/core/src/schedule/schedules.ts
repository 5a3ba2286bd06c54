import type { AppCoordination } from "../coordination/open-coordination.ts";
import { ConfigError } from "../errors/config-errors.ts";
import type { EnqueuedJob } from "../job/enqueue.ts";
import { checkArgument } from "../options/check-options.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { textOrEmpty } from "../options/option-rules.ts";
import type { Producer } from "../producer/producer.ts";
import { ticksOf } from "./due-ticks.ts";
import type { Schedule } from "./schedule.ts";
import { createTickRecords, type TickRecords } from "./tick-records.ts";

/** Number of future ticks in a state. */
const LISTED_TICKS = 3;

/** The state of a schedule. */
export interface ScheduleState {
  readonly schedule: Schedule;
  readonly isPaused: boolean;
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
}

/** The parts of an app that manage its schedules. */
export interface SchedulesParts {
  readonly schedules: readonly Schedule[];
  readonly appCoordination: AppCoordination;
  readonly producer: Producer;
  /** ms since 1970. */
  now(): number;
}

/** Creates {@link Schedules}. */
export function createSchedules(parts: SchedulesParts): Schedules {
  const { schedules, producer, appCoordination } = parts;
  const coordination = appCoordination.coordination && createTickRecords(appCoordination.coordination);

  function find(name: string): Schedule {
    checkArgument(name, "the name of a schedule", textOrEmpty);
    const schedule = schedules.find((one) => one.name === name);
    if (schedule !== undefined) return schedule;
    const names = schedules.map((one) => one.name);
    const close = didYouMean(name, names);
    const known = names.length === 0 ? "This app has none." : `Known: ${names.join(", ")}.`;
    throw new ConfigError(`there is no schedule ${JSON.stringify(name.slice(0, 80))}.`, {
      hint: close === undefined ? known : `Did you mean ${close}?`,
    });
  }

  function pauseRecords(): TickRecords {
    if (coordination !== undefined) return coordination;
    const hint = "Give the app a result store: its coordination store holds pauses on every broker.";
    throw appCoordination.refuse({
      feature: "schedules",
      message: "has no coordination store for schedules",
      hint,
    });
  }

  return {
    async list() {
      const [last, paused] = await Promise.all([coordination?.lastTicks(), coordination?.pausedNames()]);
      const states = schedules.map((schedule): ScheduleState => {
        const isPaused = paused?.has(schedule.name) ?? false;
        const lastAt = last?.get(schedule.name);
        const nextAt = isPaused ? [] : nextTicks(schedule, parts.now());
        return { schedule, isPaused, nextAt, ...(lastAt === undefined ? {} : { lastAt }) };
      });
      return states.sort((one, other) => (one.schedule.name < other.schedule.name ? -1 : 1));
    },
    async run(name) {
      const { task, params, options } = find(name);
      return producer.enqueue(task, params, options);
    },
    pause: async (name) => pauseRecords().pause(find(name).name, parts.now()),
    resume: async (name) => pauseRecords().resume(find(name).name, parts.now()),
  };
}

function nextTicks({ cadence }: Schedule, now: number): readonly number[] {
  const ticks = ticksOf(cadence);
  const next: number[] = [];
  for (let at = ticks.after(now); at !== undefined && next.length < LISTED_TICKS; at = ticks.after(at)) {
    next.push(at);
  }
  return next;
}
