import { ConfigError } from "../errors/config-errors.ts";
import { checkArgument } from "../options/check-options.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { listOf, object } from "../options/option-rules.ts";
import type { AppConfig, Explained, WorkerSettings } from "./app-config.ts";
import { CONFIG_LAYERS, type ConfigLayer } from "./config-layer.ts";
import { variableTaskName } from "./environment-layer.ts";
import { defaultLayer, type ReadLayer, type ReadValue, readLayer, SHARED_TASK } from "./read-layer.ts";
import { ROOT_SETTINGS } from "./root-settings.ts";
import type { SettingsOf } from "./settings.ts";
import { TASK_SETTINGS } from "./task-settings.ts";
import { WORKER_SETTINGS } from "./worker-settings.ts";

const LAYERS = listOf("layers", object);

/**
 * Merges sources by priority: flag > environment > file > constructor > default, the same for every setting
 * (requirement C15). Of two layers of one kind, the earlier in `layers` has priority. `warnings` from loading the
 * sources come first in the result.
 * @throws ConfigError for a value that cannot be read, even an overridden one. It names the file and line or the
 * variable.
 */
export function resolveConfig(layers: readonly ConfigLayer[], warnings: readonly string[] = []): AppConfig {
  checkArgument(layers, "resolveConfig: layers", LAYERS);
  const ranked = layers.toSorted((a, b) => CONFIG_LAYERS.indexOf(a.layer) - CONFIG_LAYERS.indexOf(b.layer));
  const read = [...ranked.map(readLayer), defaultLayer()];
  const tasks = new Set(
    read.filter((layer) => layer.name !== "environment").flatMap((layer) => layer.taskKeys),
  );
  // Without declared tasks, any task may exist.
  const known = declaredTasks(read).length === 0 ? undefined : tasks;
  const explain = (key: string) => {
    const path = normalizePath(key);
    if (known !== undefined) refuseUnknownTask(path, known);
    return explainPath(read, path);
  };
  let worker: WorkerSettings | undefined;
  return {
    ...resolveSection(read, ROOT_SETTINGS, (key) => [key]),
    get worker() {
      worker ??= resolveSection(read, WORKER_SETTINGS, (key) => [`worker.${key}`]);
      return worker;
    },
    task: memoize((name) => resolveSection(read, TASK_SETTINGS, (key) => taskPaths(name, key))),
    explain,
    entries: () => [...allPaths(tasks)].sort().map(explain),
    warnings: [...warnings, ...read.flatMap((layer) => layer.warnings), ...taskWarnings(read)],
    layers,
  };
}

/** Paths to read in each layer, the strongest first. */
type Paths = readonly [own: string, shared?: string];

/**
 * In each layer the task's own section, then the shared one. So a shared variable overrides the task's section in a
 * file (C16).
 */
function taskPaths(task: string, key: string): Paths {
  return [`tasks.${task}.${key}`, `tasks.${SHARED_TASK}.${key}`];
}

function resolveSection<Resolved>(
  layers: readonly ReadLayer[],
  settings: SettingsOf<Resolved>,
  pathsOf: (key: string) => Paths,
): Resolved {
  const resolved: Partial<Resolved> = {};
  for (const property of Object.keys(settings) as (keyof Resolved & string)[]) {
    const [winner] = found(layers, pathsOf(settings[property].key));
    // The reader of this setting made the value, so the type is right.
    resolved[property] = winner?.value as Resolved[typeof property];
  }
  return Object.freeze(resolved) as Resolved;
}

interface Found extends ReadValue {
  readonly layer: ReadLayer["name"];
}

/** All values of a setting, the strongest first. */
function* found(layers: readonly ReadLayer[], paths: Paths): Generator<Found, void> {
  for (const layer of layers) {
    for (const path of new Set(paths.map((one) => (one === undefined ? "" : pathIn(layer, one))))) {
      const value = layer.values.get(path);
      if (value !== undefined) yield { ...value, layer: layer.name };
    }
  }
}

/** The path of a setting in a layer: variables change the names of tasks. */
function pathIn(layer: ReadLayer, path: string): string {
  const { task, key } = TASK_PATH.exec(path)?.groups ?? {};
  return task === undefined || task === SHARED_TASK ? path : `tasks.${layer.taskKey(task)}.${key}`;
}

const TASK_PATH = /^tasks\.(?<task>.+)\.(?<key>[^.]+)$/;

function explainPath(layers: readonly ReadLayer[], path: string): Explained {
  const { task, key = "" } = TASK_PATH.exec(path)?.groups ?? {};
  const [winner, ...shadowed] = found(layers, task === undefined ? [path] : taskPaths(task, key));
  return { key: path, ...(winner ?? { value: undefined, layer: "default" }), shadowed };
}

/**
 * Accepts `my_task.timeout` for `tasks.my_task.timeout`.
 * @throws ConfigError for an unknown setting, with a suggestion.
 */
function normalizePath(key: string): string {
  const known = [...allPaths([])];
  if (known.includes(key)) return key;
  const path = key.startsWith("tasks.") ? key : `tasks.${key}`;
  const { key: setting } = TASK_PATH.exec(path)?.groups ?? {};
  const taskKeys = Object.values(TASK_SETTINGS).map((one) => one.key);
  if (setting !== undefined && taskKeys.includes(setting) && !key.startsWith("worker.")) return path;
  const suggestion =
    didYouMean(key, known) ?? (setting === undefined ? undefined : suggestTaskKey(path, setting, taskKeys));
  throw new ConfigError(`there is no setting ${JSON.stringify(key.slice(0, 100))}.`, {
    hint: suggestion === undefined ? "jobs config lists all settings." : `Did you mean ${suggestion}?`,
  });
}

/** @throws ConfigError for a setting of a task that is not `known`, with a suggestion */
function refuseUnknownTask(path: string, known: ReadonlySet<string>): void {
  const { task, key } = TASK_PATH.exec(path)?.groups ?? {};
  if (task === undefined || known.has(task) || task === SHARED_TASK) return;
  const suggestion = didYouMean(task, [...known]);
  throw new ConfigError(`there is no task ${JSON.stringify(task.slice(0, 100))}.`, {
    hint:
      suggestion === undefined
        ? `Known: ${[...known].sort().join(", ")}.`
        : `Did you mean tasks.${suggestion}.${key}?`,
  });
}

function suggestTaskKey(path: string, setting: string, taskKeys: readonly string[]): string | undefined {
  const closest = didYouMean(setting, taskKeys);
  return closest === undefined ? undefined : `${path.slice(0, -setting.length)}${closest}`;
}

function* allPaths(tasks: Iterable<string>): Generator<string, void> {
  for (const setting of Object.values(ROOT_SETTINGS)) yield setting.key;
  for (const setting of Object.values(WORKER_SETTINGS)) yield `worker.${setting.key}`;
  for (const task of tasks) {
    for (const setting of Object.values(TASK_SETTINGS)) yield `tasks.${task}.${setting.key}`;
  }
}

function memoize<Value>(compute: (key: string) => Value): (key: string) => Value {
  const known = new Map<string, Value>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

/**
 * Warns of sections for unknown tasks and of variables that two tasks share. Without declared tasks it warns of
 * nothing.
 */
function taskWarnings(layers: readonly ReadLayer[]): readonly string[] {
  const declared = declaredTasks(layers);
  if (declared.length === 0) return [];
  const outside = layers.filter((layer) => layer.name !== "constructor");
  return outside.flatMap((layer) => [...unknownTasks(layer, declared), ...sharedSections(layer, declared)]);
}

/** The tasks of the app; none where its settings are read without it. */
function declaredTasks(layers: readonly ReadLayer[]): readonly string[] {
  return layers.filter((layer) => layer.name === "constructor").flatMap((layer) => layer.taskKeys);
}

function unknownTasks(layer: ReadLayer, declared: readonly string[]): readonly string[] {
  const known = declared.map(layer.taskKey);
  return layer.taskKeys
    .filter((key) => !known.includes(key))
    .map((key) => {
      const suggestion = didYouMean(key, known);
      const meant = suggestion === undefined ? "" : ` Did you mean ${suggestion}?`;
      return `${sectionName(layer, key)} is for a task that does not exist.${meant}`;
    });
}

/** `a-b` and `a.b` are both `A_B` in variables, so a value there applies to both. */
function sharedSections(layer: ReadLayer, declared: readonly string[]): readonly string[] {
  return layer.taskKeys
    .map((key) => ({ key, tasks: declared.filter((task) => layer.taskKey(task) === key) }))
    .filter(({ tasks }) => tasks.length > 1)
    .map(
      ({ key, tasks }) => `${sectionName(layer, key)} is ambiguous: it sets ${tasks.join(" and ")} alike.`,
    );
}

function sectionName(layer: ReadLayer, key: string): string {
  return layer.name === "environment" ? `JOBS_TASK_${variableTaskName(key)}_*` : `tasks.${key}`;
}
