import { type CoordinationStore, UNTIL_REMOVED_MS } from "../coordination/coordination-store.ts";
import { readRecord } from "../coordination/read-record.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { isJobsError } from "../errors/jobs-error.ts";
import { bindParams } from "../task/bind-params.ts";
import type { TaskRegistry } from "../task/registry.ts";
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
  readonly cron?: string;
  readonly timeZone?: string;
  readonly everyMs?: number;
  readonly queue?: string;
  readonly catchUp: CatchUp;
}

/** Schedules made at run time, in the coordination store of an app. */
export interface StoredSchedules {
  /** Those whose task this app has. @throws UnreadableRecordError naming the one that somebody has edited */
  list(): Promise<readonly StoredSchedule[]>;
  /** Makes or changes one. @throws as `defineSchedule` · UnknownTaskError · SignatureError · NotJsonError */
  set<Input>(name: string, options: Omit<ScheduleOptions<Input>, "options">): Promise<Cadence>;
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
      return entries.flatMap(({ name, value }): readonly StoredSchedule[] => {
        const schedule = own.has(name) ? undefined : readSchedule(name, value, tasks);
        return schedule === undefined ? [] : [{ schedule, text: value }];
      });
    },
    async set(name, options) {
      const { task, params, cadence, catchUp, options: jobs } = defineSchedule(name, options);
      if (own.has(name)) throw definedInCode(name, "Use another name, or change it in the code.");
      await bindParams(tasks.get(task.name), params, "enqueue");
      const target = jobs.queue === undefined ? {} : { queue: jobs.queue };
      const definition: Definition = { task: task.name, params, ...cadence, ...target, catchUp };
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
function readSchedule(name: string, text: string, tasks: TaskRegistry): Schedule | undefined {
  const read = readDefinition(name, text);
  const task = tasks.find(read.task);
  if (task === undefined) return undefined;
  try {
    return defineSchedule(name, { ...read, task: task as Schedule["task"] });
  } catch (error) {
    // Its cron fields may match no time any more. Another release may know more options.
    if (isJobsError(error, "invalid_config")) return undefined;
    throw error;
  }
}
