import {
  ConfigError,
  defineSchedule,
  isJobsError,
  type Schedule,
  type ScheduleOptions,
  type Task,
} from "@jobs/core";
import { parseDuration } from "@jobs/core/config";
import { type CatchUp, isObject } from "@jobs/core/runtime";
import { bindParams, type Signature, type TaskRegistry } from "@jobs/core/task";
import { isCliError } from "../output/cli-error.ts";
import { typeValue } from "../params/type-value.ts";
import type { ConfigFile } from "./config-file.ts";

/** The fields of a schedule in a configuration file, with their types. */
const FIELDS: Readonly<Record<string, "text" | "count" | "duration" | "object">> = {
  cron: "text",
  every: "duration",
  timeZone: "text",
  task: "text",
  params: "object",
  queue: "text",
  catchUp: "text",
  priority: "count",
  attempts: "count",
};

/** A schedule as it was written, each field of the type it must have. */
interface WrittenSchedule {
  readonly cron?: string;
  readonly every?: string | number;
  readonly timeZone?: string;
  readonly task?: string;
  readonly params?: object;
  readonly queue?: string;
  readonly catchUp?: CatchUp;
  readonly priority?: number;
  readonly attempts?: number;
}

/**
 * The schedules of a configuration file: `schedules: { nightly: { cron: "0 3 * * *", task: "report" } }`.
 * @throws ConfigError naming file, line and schedule, also for an unknown task and for parameters that it refuses
 */
export function fileSchedules(file: ConfigFile, tasks: TaskRegistry): readonly Schedule[] {
  const { schedules = {} } = file.values;
  if (!isObject(schedules)) throw new ConfigError(`${file.where("schedules")}: schedules must be a section.`);
  return Object.entries(schedules).map(([name, written]) => {
    const { task, every, attempts, priority, params = {}, ...cadence } = readFields(file, name, written);
    if (task === undefined) throw refused(file, name, "task is missing");
    const found = inField(file, [name, "task"], () => tasks.get(task));
    const everyMs = every === undefined ? undefined : parseDuration(every);
    if (every !== undefined && everyMs === undefined)
      throw refused(file, `${name}.every`, "every must be a duration such as 30s, 5m or 2h");
    return defineAt(file, name, {
      ...cadence,
      ...(everyMs === undefined ? {} : { everyMs }),
      task: found,
      params: inField(file, [name, "params"], () => checkedParams(file, found, params)),
      options: {
        ...(priority === undefined ? {} : { priority }),
        ...(attempts === undefined ? {} : { maxAttempts: attempts }),
      },
    });
  });
}

/** A schedule of the file. An error in it names its line. */
function defineAt(file: ConfigFile, name: string, options: ScheduleOptions<unknown>): Schedule {
  try {
    return defineSchedule<unknown>(name, options);
  } catch (error) {
    if (!isJobsError(error, "invalid_config")) throw error;
    const field = options.cron === undefined ? "" : ".cron";
    const { hint } = error;
    throw new ConfigError(`${file.where(`schedules.${name}${field}`)}: ${error.message}`, {
      cause: error,
      hint,
    });
  }
}

/** Runs a check of a schedule's field. @throws ConfigError naming file, line and schedule */
function inField<Value>(
  file: ConfigFile,
  [name, field]: readonly [string, string],
  check: () => Value,
): Value {
  try {
    return check();
  } catch (error) {
    if (!isJobsError(error) && !isCliError(error)) throw error;
    throw new ConfigError(
      `${file.where(`schedules.${name}.${field}`)}: schedule "${name}": ${error.message}`,
      {
        cause: error,
        hint: error.hint,
      },
    );
  }
}

/** @throws SignatureError · NotJsonError · CliError for a number that is too large to be exact */
function checkedParams(file: ConfigFile, task: Task, written: object): object {
  const params = file.isText ? typedParams(written, task.signature) : written;
  const bound = bindParams(task, params, "enqueue");
  // An asynchronous schema is checked again at the start of a worker, which can wait for it.
  if (bound instanceof Promise) bound.catch(() => {});
  return params;
}

/** Gives texts the types that the task declares, by the rules of the command line. */
function typedParams(params: object, { params: declared }: Signature): Readonly<Record<string, unknown>> {
  const typed = Object.entries(params).map(([name, written]) => {
    const param = declared.find((one) => one.name === name);
    const value = Array.isArray(written)
      ? written.map((item) => typeValue(String(item), undefined))
      : typeValue(String(written), param);
    return [name, value] as const;
  });
  return Object.fromEntries(typed);
}

function readFields(file: ConfigFile, name: string, section: unknown): WrittenSchedule {
  if (!isObject(section)) throw refused(file, name, "a schedule must be a section");
  const written = file.isText ? countsOf(section) : section;
  for (const [field, value] of Object.entries(written)) {
    const expected = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    if (expected === undefined) {
      throw refused(
        file,
        `${name}.${field}`,
        `${field} is no field of a schedule`,
        Object.keys(FIELDS).join(", "),
      );
    }
    if (!fits(value, expected)) throw refused(file, `${name}.${field}`, `${field} must be a ${expected}`);
  }
  // The loop above has checked the type of each field.
  return written as WrittenSchedule;
}

/** Turns counts that are written as text into numbers. */
function countsOf(section: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(section).map(([field, value]) => {
    const isCount = FIELDS[field] === "count" && typeof value === "string" && /^\d+$/.test(value);
    return [field, isCount ? Number(value) : value] as const;
  });
  return Object.fromEntries(entries);
}

function fits(value: unknown, expected: "text" | "count" | "duration" | "object"): boolean {
  if (expected === "object") return isObject(value);
  if (expected === "count") return typeof value === "number";
  return typeof value === "string" || (expected === "duration" && typeof value === "number");
}

function refused(file: ConfigFile, path: string, what: string, known?: string): ConfigError {
  return new ConfigError(`${file.where(`schedules.${path}`)}: ${what}.`, {
    hint: known === undefined ? undefined : `Known: ${known}.`,
  });
}
