import { type CoordinationStore, UNTIL_REMOVED_MS } from "../coordination/coordination-store.ts";
import { readRecord } from "../coordination/read-record.ts";
import type { JsonObject } from "../envelope/envelope.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { isObject } from "../options/is-object.ts";
import { bindJob, bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
import type { Task } from "../task/task.ts";
import {
  type Cadence,
  type CatchUp,
  defineSchedule,
  type Schedule,
  type ScheduleOptions,
} from "./schedule.ts";

const STORED = "schedules/stored";

/** A schedule of `app.schedules.set`. */
export interface StoredSchedule {
  readonly schedule: Schedule;
  /** Its text in the store; another text is another definition. */
  readonly text: string;
}

/** What the store keeps of a schedule. */
interface Definition {
  readonly task: string;
  readonly params: unknown;
  /** Version of the parameters, as in envelopes. */
  readonly taskVersion?: number;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly everyMs?: number;
  readonly queue?: string;
  /** Left out where there are none. */
  readonly options?: Omit<Schedule["options"], "queue">;
  readonly catchUp: CatchUp;
}

/** Schedules made at run time, in the coordination store of an app. */
export interface StoredSchedules {
  /** Those whose task this app has. @throws UnreadableRecordError naming the one that somebody has edited */
  list(): Promise<readonly StoredSchedule[]>;
  /** Makes or changes one. @throws as `defineSchedule` · UnknownTaskError · SignatureError · NotJsonError */
  set<Input>(name: string, options: ScheduleOptions<Input>): Promise<Cadence>;
  /** @returns whether there was one */
  remove(name: string): Promise<boolean>;
  /** Whether nobody has changed or removed it since it was read. */
  isCurrent(stored: StoredSchedule): Promise<boolean>;
}

/** Creates {@link StoredSchedules}. */
export function createStoredSchedules(
  coordination: CoordinationStore,
  { tasks, schedules }: { readonly tasks: TaskRegistry; readonly schedules: readonly Schedule[] },
): StoredSchedules {
  const own = new Set(schedules.map(({ name }) => name));
  return {
    async list() {
      const entries = await coordination.list(STORED);
      const read = entries.map(async ({ name, value }): Promise<readonly StoredSchedule[]> => {
        const schedule = own.has(name) ? undefined : await readSchedule(name, value, tasks);
        return schedule === undefined ? [] : [{ schedule, text: value }];
      });
      return (await Promise.all(read)).flat();
    },
    async set(name, options) {
      const { task, params, cadence, catchUp, options: given } = defineSchedule(name, options);
      if (own.has(name)) throw definedInCode(name, "Use another name, or change it in the code.");
      await bindParams(tasks.get(task.name), params, "enqueue");
      const { queue, ...jobs } = given;
      const target = queue === undefined ? {} : { queue };
      const sending = Object.keys(jobs).length === 0 ? target : { ...target, options: jobs };
      const { version } = tasks.get(task.name).options;
      const form = version === undefined ? { params } : { params, taskVersion: version };
      const definition: Definition = { task: task.name, ...form, ...cadence, ...sending, catchUp };
      await coordination.put({ set: STORED, name, value: JSON.stringify(definition) }, UNTIL_REMOVED_MS);
      return cadence;
    },
    async remove(name) {
      const isThere = (await coordination.list(STORED)).some((entry) => entry.name === name);
      await coordination.remove(STORED, name);
      return isThere;
    },
    async isCurrent({ schedule, text }) {
      const entries = await coordination.list(STORED);
      return entries.some(({ name, value }) => name === schedule.name && value === text);
    },
  };
}

/** What a stored schedule sends at its ticks, also where this release does not have the task. */
export interface StoredTickJob {
  readonly schedule: string;
  readonly task: string;
  readonly params: unknown;
}

/** The jobs of all stored schedules. @throws UnreadableRecordError naming the one that somebody has edited */
export async function listStoredTickJobs(coordination: CoordinationStore): Promise<readonly StoredTickJob[]> {
  return (await coordination.list(STORED)).map(({ name, value }) => {
    const { task, params } = readDefinition(name, value);
    return { schedule: name, task, params };
  });
}

function readDefinition(name: string, text: string): Definition {
  return readRecord<Definition>(text, `schedule ${name}`, (record) => "task" in record);
}

/** The error for a name that the code of the app has. */
export function definedInCode(name: string, hint: string): ConfigError {
  return new ConfigError(`schedule "${name}" is defined in the code of this app.`, { hint });
}

/** `undefined` for one of a task that only another release has, and for one that is over. */
async function readSchedule(name: string, text: string, tasks: TaskRegistry): Promise<Schedule | undefined> {
  const { taskVersion, ...read } = readDefinition(name, text);
  const task = tasks.find(read.task);
  if (task === undefined) return undefined;
  const params = await todaysParams(task, read.params, taskVersion);
  try {
    return defineSchedule(name, { ...read, params, task: task as Schedule["task"] });
  } catch (error) {
    // Its cron fields may match no time any more. Another release may know more options.
    if (isJobsError(error, "invalid_config")) return undefined;
    throw error;
  }
}

/** An earlier release may have written them. If they do not fit, the tick that sends them says so. */
async function todaysParams(task: Task, params: unknown, taskVersion: number | undefined): Promise<unknown> {
  if (taskVersion === task.options.version || !isObject(params)) return params;
  const version = taskVersion === undefined ? {} : { taskVersion };
  try {
    return (await bindJob(task, { params: params as JsonObject, sig: "", ...version })).input;
  } catch (error) {
    if (isJobsError(error, "signature_mismatch")) return params;
    throw error;
  }
}
