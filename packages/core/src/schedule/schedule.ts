import { ConfigError } from "../errors/config-errors.ts";
import { toError } from "../errors/to-error.ts";
import { HEADERS_RULE, type JobOptions, SENDING_RULES, TAGS_RULE } from "../job/enqueue.ts";
import { optionsCheck, required } from "../options/check-options.ts";
import {
  anything,
  msAboveZero,
  nested,
  number,
  oneOf,
  task as TASK,
  text,
  textOrEmpty,
} from "../options/option-rules.ts";
import { systemClock } from "../runtime/clock.ts";
import { isDelay } from "../runtime/delay.ts";
import { bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import { cronTicks } from "./cron-ticks.ts";
import { zoneClock } from "./zone-clock.ts";

/** When the jobs of a schedule are due: its ticks. */
export type Cadence =
  /** Five fields, or six with seconds first, in the local time of `timeZone`. */
  | { readonly cron: string; readonly timeZone: string }
  /** Due at the multiples of this many ms since 1970, so that all workers agree. */
  | { readonly everyMs: number };

/**
 * What happens to ticks while no worker runs. A tick that is up to a minute late is not missed: it is sent. `none`
 * drops missed ticks, `last` sends one job for all, `all` sends the latest 100 at most.
 */
export type CatchUp = "none" | "last" | "all";

/** Options of a schedule. */
export interface ScheduleOptions<Input> {
  /**
   * As in crontab, with seconds as an optional first field, and then a year as an optional seventh. Excludes `everyMs`.
   */
  readonly cron?: string;
  /** Time between two ticks in ms, at least 1,000. Excludes `cron`. */
  readonly everyMs?: number;
  /** The time zone of `cron`, such as `Europe/Berlin`. Default `UTC`, wherever the worker runs. */
  readonly timeZone?: string;
  readonly task: Task<string, Input, unknown>;
  /** `createApp` checks them against the task; with an asynchronous schema the start of a worker does. */
  readonly params: NoInfer<Input>;
  /** Another queue than the task's, without prefix. */
  readonly queue?: string;
  /** Further options of the jobs. */
  readonly options?: Omit<JobOptions, "id" | "at" | "queue" | "version">;
  /** Default `none`. */
  readonly catchUp?: CatchUp;
}

const checkScheduleOptions = optionsCheck<ScheduleOptions<unknown>>({
  cron: text,
  everyMs: number,
  timeZone: text,
  task: required(TASK),
  params: anything,
  queue: textOrEmpty,
  options: nested(
    optionsCheck<NonNullable<ScheduleOptions<unknown>["options"]>>({
      ...SENDING_RULES,
      expiresInMs: msAboveZero(),
      tags: TAGS_RULE,
      headers: HEADERS_RULE,
    }),
  ),
  catchUp: oneOf("none", "last", "all"),
});

/** A job that is due repeatedly. Made by {@link defineSchedule}. */
export interface Schedule {
  readonly name: string;
  readonly cadence: Cadence;
  readonly task: Task;
  readonly params: unknown;
  readonly options: Omit<JobOptions, "id" | "at" | "version">;
  readonly catchUp: CatchUp;
}

/** The shortest time between two ticks, in ms: cron has no shorter one. */
const SHORTEST_MS = 1_000;

const NAME = /^[A-Za-z][\w.-]{0,79}$/;

/**
 * Describes a job that is due repeatedly: `defineSchedule("nightly", { cron: "0 3 * * *", task: report, params: {} })`.
 * Pass it to `createApp({ schedules })`. Every worker of the app then checks it, and one of them sends the job of a
 * tick.
 * @throws ConfigError for an invalid name, cadence, time zone or policy, and for cron fields that are invalid or match
 * no future day.
 */
export function defineSchedule<Input>(name: string, schedule: ScheduleOptions<Input>): Schedule {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new ConfigError(`${JSON.stringify(String(name).slice(0, 80))} cannot be the name of a schedule.`, {
      hint: "Use a letter, then letters, digits, _, . and -; at most 80 characters.",
    });
  }
  checkScheduleOptions(schedule, `schedule "${name}"`);
  const { task, params, queue, options = {}, catchUp = "none" } = schedule;
  return Object.freeze({
    name,
    cadence: cadenceOf(name, schedule),
    task: task as Task,
    params,
    options: { ...options, ...(queue === undefined ? {} : { queue }) },
    catchUp,
  });
}

function cadenceOf<Input>(name: string, { cron, everyMs, timeZone }: ScheduleOptions<Input>): Cadence {
  if ((cron === undefined) === (everyMs === undefined)) {
    throw refused(name, "needs either cron or everyMs", 'Write cron: "0 3 * * *", or everyMs: 300_000.');
  }
  if (cron !== undefined) {
    if (timeZone !== undefined && !isTimeZone(timeZone))
      throw refused(name, "timeZone is unknown", 'Use a name such as "Europe/Berlin" or "UTC".');
    checkCron(name, cron, timeZone ?? "UTC");
    return { cron, timeZone: timeZone ?? "UTC" };
  }
  if (!Number.isSafeInteger(everyMs) || Number(everyMs) < SHORTEST_MS || !isDelay(everyMs))
    throw refused(name, "everyMs is not usable", "Use a whole number of ms, from 1,000 to 100 years.");
  if (timeZone !== undefined)
    throw refused(name, "timeZone applies only to cron", "Leave timeZone out, or use cron.");
  return { everyMs };
}

/** Checked at the definition, because nobody may watch the start of a worker. */
function checkCron(name: string, cron: string, timeZone: string): void {
  const read = () => {
    try {
      return cronTicks(cron, timeZone);
    } catch (cause) {
      const reason = toError(cause).message.replace(/^CronPattern: /, "");
      const hint = 'Write minute, hour, day, month, weekday: "30 2 * * MON-FRI"; seconds may come first.';
      throw new ConfigError(
        `schedule "${name}": the cron fields cannot be read: ${reason.replace(/\.$/, "")}.`,
        {
          cause,
          hint,
        },
      );
    }
  };
  if (read().after(systemClock.now()) === undefined)
    throw refused(
      name,
      "the cron fields match no future time",
      "Correct day and month, or remove a past year.",
    );
}

function refused(name: string, what: string, hint: string): ConfigError {
  return new ConfigError(`schedule "${name}": ${what}.`, { hint });
}

function isTimeZone(timeZone: string): boolean {
  try {
    return zoneClock(timeZone) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Refuses duplicate names, unknown tasks, and parameters that the tasks refuse.
 * @throws ConfigError · UnknownTaskError · SignatureError · NotJsonError
 */
export function checkSchedules(schedules: readonly Schedule[], tasks: TaskRegistry): void {
  const names = new Set<string>();
  for (const { name, task, params } of schedules) {
    if (names.has(name)) {
      throw new ConfigError(`two schedules are named "${name}".`, {
        hint: "Give each schedule another name.",
      });
    }
    names.add(name);
    const bound = bindParams(tasks.get(task.name), params, "enqueue");
    // An asynchronous schema is checked again at the start of a worker, which can wait for it.
    if (bound instanceof Promise) bound.catch(() => {});
  }
}

/** Checks the parameters, also with asynchronous schemas. @throws SignatureError · NotJsonError */
export async function checkParams(schedules: readonly Schedule[]): Promise<void> {
  for (const { task, params } of schedules) await bindParams(task, params, "enqueue");
}
