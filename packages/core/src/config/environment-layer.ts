import { didYouMean } from "../task/did-you-mean.ts";
import type { ConfigLayer } from "./config-layer.ts";
import { ROOT_SETTINGS } from "./root-settings.ts";
import type { Setting, SettingsOf } from "./settings.ts";
import { TASK_SETTINGS } from "./task-settings.ts";
import { WORKER_SETTINGS } from "./worker-settings.ts";

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of the project's own tests; no setting ever starts like this. */
const NOT_SETTINGS = /^JOBS_(TEST|MODEL)_/;

const TASK_VARIABLE = new RegExp(
  `^JOBS_TASK_(?<task>\\w+?)_(?<setting>${allOf(TASK_SETTINGS)
    .map((setting) => screaming(setting.key))
    .join("|")})$`,
);

const ROOT_VARIABLES = variables("JOBS_", ROOT_SETTINGS);
const WORKER_VARIABLES = variables("JOBS_WORKER_", WORKER_SETTINGS);
const TASK_KEYS = variables("", TASK_SETTINGS);

/** The variable of a setting: `worker.shutdownTimeout` → `JOBS_WORKER_SHUTDOWN_TIMEOUT`, `tasks.a-b.queue` → `JOBS_TASK_A_B_QUEUE`. */
export function variableOf(path: string): string {
  const { task, key = "" } = /^tasks\.(?<task>.+)\.(?<key>\w+)$/.exec(path)?.groups ?? {};
  return task === undefined
    ? `JOBS_${screaming(path)}`
    : `JOBS_TASK_${variableTaskName(task)}_${screaming(key)}`;
}

/** A task's name as it stands in variables: `send.mail-2` → `SEND_MAIL_2`. Names that differ only in `.`, `-` and case collide. */
export function variableTaskName(task: string): string {
  return task.replace(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

/**
 * The layer of `JOBS_*` variables. A variable that is set but empty counts as absent, as container tools set it.
 * An unknown one becomes a warning with a suggestion (requirement E11), unless it is in `otherVariables`.
 */
export function environmentLayer(env: Environment, otherVariables: readonly string[] = []): ConfigLayer {
  const sections = new Map<string, Record<string, string>>();
  const origins = new Map<string, string>();
  const unknown: string[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith("JOBS_") || value === undefined || value === "") continue;
    const { section, key } = place(variable);
    if (key === undefined) {
      unknown.push(variable);
      continue;
    }
    sections.set(section, { ...sections.get(section), [key]: value });
    origins.set(section === "" ? key : `${section}.${key}`, variable);
  }
  const known = [...ROOT_VARIABLES.keys(), ...WORKER_VARIABLES.keys(), ...otherVariables];
  return {
    layer: "environment",
    ...sections.get(""),
    worker: sections.get("worker"),
    tasks: taskSections(sections),
    where: (path) => origins.get(path),
    taskKey: variableTaskName,
    warnings: unknown
      .filter((variable) => !otherVariables.includes(variable) && !NOT_SETTINGS.test(variable))
      .map((variable) => unknownVariable(variable, known)),
  };
}

/** Which section and key a variable sets; the section of a task carries its name in capitals. */
function place(variable: string): { readonly section: string; readonly key: string | undefined } {
  const rootKey = ROOT_VARIABLES.get(variable);
  if (rootKey !== undefined) return { section: "", key: rootKey };
  const workerKey = WORKER_VARIABLES.get(variable);
  if (workerKey !== undefined) return { section: "worker", key: workerKey };
  const { task, setting = "" } = TASK_VARIABLE.exec(variable)?.groups ?? {};
  return { section: `tasks.${task}`, key: TASK_KEYS.get(setting) };
}

function taskSections(sections: ReadonlyMap<string, object>): Readonly<Record<string, object>> {
  const tasks = [...sections].filter(([section]) => section.startsWith("tasks."));
  return Object.fromEntries(tasks.map(([section, values]) => [section.slice("tasks.".length), values]));
}

function unknownVariable(variable: string, known: readonly string[]): string {
  const setting = variable.replace(/^JOBS_(WORKER|TASK)_/, "");
  const suggestion = TASK_KEYS.has(setting)
    ? `JOBS_TASK_DEFAULT_${setting}`
    : didYouMean(variable, [...known, ...taskVariablesLike(variable)]);
  return `${variable} is not a known variable.${suggestion === undefined ? "" : ` Did you mean ${suggestion}?`}`;
}

/** `JOBS_TASK_MAIL_TIMEUOT` is meant for some setting of `MAIL`: its variables are worth suggesting. */
function taskVariablesLike(variable: string): readonly string[] {
  const task = /^JOBS_TASK_(\w+?)_[A-Z]+$/.exec(variable)?.[1];
  return task === undefined ? [] : [...TASK_KEYS.keys()].map((key) => `JOBS_TASK_${task}_${key}`);
}

function variables<Resolved>(prefix: string, settings: SettingsOf<Resolved>): ReadonlyMap<string, string> {
  return new Map(allOf(settings).map((setting) => [`${prefix}${screaming(setting.key)}`, setting.key]));
}

function allOf<Resolved>(settings: SettingsOf<Resolved>): readonly Setting[] {
  return Object.values(settings);
}

/** `shutdownTimeout` → `SHUTDOWN_TIMEOUT`; characters that no variable can hold become `_`. */
function screaming(key: string): string {
  return key
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]/g, "_")
    .toUpperCase();
}
