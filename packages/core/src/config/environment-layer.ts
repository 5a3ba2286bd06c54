import { checkArgument } from "../options/check-options.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { object } from "../options/option-rules.ts";
import type { TaskSettings } from "./app-config.ts";
import type { ConfigLayer } from "./config-layer.ts";
import { ROOT_SETTINGS } from "./root-settings.ts";
import type { Setting, SettingsOf } from "./settings.ts";
import { TASK_SETTINGS } from "./task-settings.ts";
import { WORKER_SETTINGS } from "./worker-settings.ts";

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of the project's own tests; no setting ever starts like this. */
const NOT_SETTINGS = /^JOBS_(TEST|MODEL)_/;

/** Keys of settings by their variables. */
interface Variables {
  readonly root: ReadonlyMap<string, string>;
  readonly worker: ReadonlyMap<string, string>;
  /** Keys by the part of the variable after the task's name. */
  readonly task: ReadonlyMap<string, string>;
  readonly taskPattern: RegExp;
}

let known: Variables | undefined;

/** Built on use, because most programs that import this module make no such layer. */
function knownVariables(): Variables {
  known ??= {
    root: variables("JOBS_", ROOT_SETTINGS),
    worker: variables("JOBS_WORKER_", WORKER_SETTINGS),
    task: variables("", TASK_SETTINGS),
    taskPattern: new RegExp(
      `^JOBS_TASK_(?<task>\\w+?)_(?<setting>${[...variables("", TASK_SETTINGS).keys()].join("|")})$`,
    ),
  };
  return known;
}

/** The variable of a setting: `worker.shutdownTimeout` → `JOBS_WORKER_SHUTDOWN_TIMEOUT`, `tasks.a-b.queue` → `JOBS_TASK_A_B_QUEUE`. */
export function variableOf(path: string): string {
  const { task, key = "" } = /^tasks\.(?<task>.+)\.(?<key>\w+)$/.exec(path)?.groups ?? {};
  return task === undefined
    ? `JOBS_${screaming(path)}`
    : `JOBS_TASK_${variableTaskName(task)}_${screaming(key)}`;
}

/**
 * A task's name in variables: `send.mail-2` → `SEND_MAIL_2`. Names that differ only in `.`, `-` and case are the same
 * there.
 */
export function variableTaskName(task: string): string {
  return task.replace(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

/**
 * The layer of `JOBS_*` variables. An empty variable counts as absent, since container tools set such ones. An unknown
 * one becomes a warning with a suggestion (requirement E11), unless it is in `otherVariables`.
 */
export function environmentLayer(env: Environment, otherVariables: readonly string[] = []): ConfigLayer {
  checkArgument(env, "environmentLayer: env", object);
  const sections = new Map<string, Record<string, string>>();
  const origins = new Map<string, string>();
  const unknown: string[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith("JOBS_") || value === undefined || value === "") continue;
    const { section, key } = sectionAndKey(variable);
    if (key === undefined) {
      unknown.push(variable);
      continue;
    }
    sections.set(section, { ...sections.get(section), [key]: value });
    origins.set(section === "" ? key : `${section}.${key}`, variable);
  }
  return {
    layer: "environment",
    ...sections.get(""),
    worker: sections.get("worker"),
    tasks: taskSections(sections),
    where: (path) => origins.get(path),
    taskKey: variableTaskName,
    warnings: [
      ...unknown
        .filter((variable) => !otherVariables.includes(variable) && !NOT_SETTINGS.test(variable))
        .map((variable) => unknownVariable(variable, otherVariables)),
      ...conductorWarnings(env),
    ],
  };
}

function conductorWarnings(env: Environment): readonly string[] {
  const set = Object.keys(env).filter((variable) => env[variable] !== undefined && env[variable] !== "");
  return set.flatMap((variable) => conductorWarning(variable, variableOf) ?? []);
}

/** The section and key of a variable. The section of a task has the task's name in capitals. */
function sectionAndKey(variable: string): { readonly section: string; readonly key: string | undefined } {
  const { root, worker, task: ofTasks, taskPattern } = knownVariables();
  const rootKey = root.get(variable);
  if (rootKey !== undefined) return { section: "", key: rootKey };
  const workerKey = worker.get(variable);
  if (workerKey !== undefined) return { section: "worker", key: workerKey };
  const { task, setting = "" } = taskPattern.exec(variable)?.groups ?? {};
  return { section: `tasks.${task}`, key: ofTasks.get(setting) };
}

function taskSections(sections: ReadonlyMap<string, object>): Readonly<Record<string, object>> {
  const tasks = [...sections].filter(([section]) => section.startsWith("tasks."));
  return Object.fromEntries(tasks.map(([section, values]) => [section.slice("tasks.".length), values]));
}

function unknownVariable(variable: string, others: readonly string[]): string {
  const setting = variable.replace(/^JOBS_(WORKER|TASK)_/, "");
  const { root, worker, task } = knownVariables();
  const suggestion = task.has(setting)
    ? `JOBS_TASK_DEFAULT_${setting}`
    : didYouMean(variable, [...root.keys(), ...worker.keys(), ...others, ...taskVariablesLike(variable)]);
  return `${variable} is not a known variable.${suggestion === undefined ? "" : ` Did you mean ${suggestion}?`}`;
}

/** Suggestions for a variable such as `JOBS_TASK_MAIL_TIMEUOT`: the variables of task `MAIL`. */
function taskVariablesLike(variable: string): readonly string[] {
  const task = /^JOBS_TASK_(\w+?)_[A-Z]+$/.exec(variable)?.[1];
  return task === undefined ? [] : [...knownVariables().task.keys()].map((key) => `JOBS_TASK_${task}_${key}`);
}

function variables<Resolved>(prefix: string, settings: SettingsOf<Resolved>): ReadonlyMap<string, string> {
  const all: readonly Setting[] = Object.values(settings);
  return new Map(all.map((setting) => [`${prefix}${screaming(setting.key)}`, setting.key]));
}

/** `shutdownTimeout` → `SHUTDOWN_TIMEOUT`; characters that no variable can hold become `_`. */
function screaming(key: string): string {
  return key
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]/g, "_")
    .toUpperCase();
}

/** The variables of a Conductor worker, in any case: `conductor_worker_my_task_polling_interval`. */
const VARIABLE = /^conductor_worker_(?:(?<task>\w+)_)?(?<property>polling_interval|domain|paused)$/i;

/** Our setting for each of its properties. */
const SETTING_OF: Readonly<Record<string, keyof TaskSettings>> = {
  polling_interval: "pollIntervalMs",
  domain: "domain",
  paused: "isPaused",
};

/**
 * The warning for a variable of a Conductor worker. Such variables are not read: two names for one setting would hide
 * each other. The text names the exact variable that replaces it (requirements C11, C14). `undefined` for any other
 * variable.
 */
function conductorWarning(variable: string, variableOf: (path: string) => string): string | undefined {
  if (!/^conductor_worker_/i.test(variable)) return undefined;
  const { task = "DEFAULT", property = "" } = VARIABLE.exec(variable)?.groups ?? {};
  const setting = SETTING_OF[property.toLowerCase()];
  if (setting === undefined) return `${variable} is not read, and no setting here replaces it.`;
  return `${variable} is not read; set ${variableOf(`tasks.${task}.${TASK_SETTINGS[setting].key}`)} instead.`;
}
