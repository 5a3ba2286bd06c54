import type { App, Schedule } from "@jobs/core";
import { routedQueue } from "@jobs/core/broker";
import type { OldForm, Signature } from "@jobs/core/task";
import { paramsSchema } from "./params-schema.ts";
import { digest, type Json, sortedJson } from "./schema/model.ts";
import { printSchema } from "./schema/print-schema.ts";

/** One version of a task's parameters. */
export interface LockedForm {
  /** As in the jobs' envelopes: `sig`. */
  readonly signature: string;
  /** JSON Schema of the parameters in one form, whichever library it comes from. */
  readonly params: Json;
}

/** What jobs in flight depend on. */
export interface LockedTask extends LockedForm {
  /** Without prefix, with its domain, after the routes of the settings. */
  readonly queue: string;
  readonly domain?: string;
  readonly aliases?: readonly string[];
  /** Left out when it is `strict`. */
  readonly compat?: "additive";
  /** Left out when it is 1. */
  readonly version?: number;
  /** Earlier versions whose jobs workers run too, by number. */
  readonly from?: Readonly<Record<string, LockedForm>>;
}

/** A schedule: its ticks are jobs with these parameters. */
export interface LockedSchedule {
  readonly task: string;
  readonly queue?: string;
  /** Left out where the task hides some of them. */
  readonly params?: Json;
}

/** All that is locked, by name in alphabetical order. */
export interface Lock {
  readonly tasks: Readonly<Record<string, LockedTask>>;
  readonly schedules: Readonly<Record<string, LockedSchedule>>;
  /** By task: the digests of those locked versions whose breaking changes were accepted. */
  readonly accepted: Readonly<Record<string, readonly string[]>>;
}

export const EMPTY_LOCK: Lock = { tasks: {}, schedules: {}, accepted: {} };

/** The app as it is now. */
export function lockApp({ tasks, config, definition }: App): Lock {
  const lockedTasks = tasks.tasks.map((task): [string, LockedTask] => {
    const { name, signature, options, versions } = task;
    const { queue, domain, compat } = config.task(name);
    const aliases = [...(options.aliases ?? [])].sort();
    const locked = {
      queue: routedQueue(queue, domain),
      ...(domain === undefined || domain === "" ? {} : { domain }),
      ...(aliases.length === 0 ? {} : { aliases }),
      ...(compat === "additive" ? { compat } : {}),
      ...(options.version === undefined ? {} : { version: options.version }),
      ...(versions === undefined ? {} : { from: Object.fromEntries(versions.old.map(lockVersion)) }),
      ...lockForm(signature),
    };
    return [name, locked];
  });
  const schedules = definition.schedules.map((schedule): [string, LockedSchedule] => [
    schedule.name,
    lockSchedule(schedule),
  ]);
  return { tasks: sorted(lockedTasks), schedules: sorted(schedules), accepted: {} };
}

function lockForm(signature: Signature): LockedForm {
  return { signature: signature.fingerprint, params: printSchema(paramsSchema(signature)) };
}

function lockVersion({ version, signature }: OldForm): [string, LockedForm] {
  return [String(version), lockForm(signature)];
}

/** A hidden parameter is not written into a file, and the others alone would be no job. */
function lockSchedule({ task, params, options }: Schedule): LockedSchedule {
  const written = JSON.parse(sortedJson(params ?? {})) as Readonly<Record<string, Json>>;
  const isHidden = Object.keys(written).some((name) => task.options.redact?.includes(name));
  return {
    task: task.name,
    ...(options.queue === undefined ? {} : { queue: options.queue }),
    ...(isHidden ? {} : { params: written }),
  };
}

function sorted<Value>(entries: readonly [string, Value][]): Readonly<Record<string, Value>> {
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** The digest of a locked task: it says which version a change was accepted from. */
export function taskDigest(task: LockedTask): string {
  return digest(sortedJson(task));
}

/** The value of a name of its own. */
export function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
