import { ConfigError } from "../errors/config-errors.ts";
import { didYouMean } from "../options/did-you-mean.ts";
import { isObject } from "../options/is-object.ts";
import type { ConfigLayer, ConfigLayerName } from "./config-layer.ts";
import { ROOT_SETTINGS } from "./root-settings.ts";
import type { Setting } from "./settings.ts";
import { TASK_SETTINGS } from "./task-settings.ts";
import { WORKER_SETTINGS } from "./worker-settings.ts";

/** The section with the defaults of all tasks. */
export const SHARED_TASK = "DEFAULT";

/** A value and the place where it was written. */
export interface ReadValue {
  readonly value: unknown;
  readonly where?: string;
}

/** A layer with all values read, so that reading cannot fail later. */
export interface ReadLayer {
  readonly name: ConfigLayerName;
  /** By path: `worker.lease`, `tasks.my_task.timeout`. */
  readonly values: ReadonlyMap<string, ReadValue>;
  /** Keys below `tasks`, without the shared one. */
  readonly taskKeys: readonly string[];
  /** From a task's name to its key below `tasks`. */
  readonly taskKey: (task: string) => string;
  readonly warnings: readonly string[];
}

/** Reads every value of a layer. @throws ConfigError for the first that cannot be read, naming where it is written. */
export function readLayer(layer: ConfigLayer): ReadLayer {
  const values = new Map<string, ReadValue>();
  const warnings = [...(layer.warnings ?? [])];
  const readSection = (section: string, settings: readonly Setting[], written: unknown) => {
    for (const [key, raw] of Object.entries(sectionOf(layer, section, written))) {
      const path = section === "" ? key : `${section}.${key}`;
      const setting = settings.find((one) => one.key === key);
      if (setting === undefined) warnings.push(unknownKey(layer, path, settings));
      else if (raw !== undefined) values.set(path, readValue(layer, path, setting, raw));
    }
  };
  const { queuePrefix, broker, results, history, release, monitor, monitorStrict, allowLocalResults } = layer;
  const root = { queuePrefix, broker, results, history, release, monitor, monitorStrict, allowLocalResults };
  readSection("", ROOT, root);
  readSection("worker", WORKER, layer.worker);
  const tasks = sectionOf(layer, "tasks", layer.tasks);
  for (const [task, written] of Object.entries(tasks)) readSection(`tasks.${task}`, TASK, written);
  return {
    name: layer.layer,
    values,
    taskKeys: Object.keys(tasks).filter((task) => task !== SHARED_TASK),
    taskKey: (task) => layer.taskKey?.(task) ?? task,
    warnings,
  };
}

/** The defaults of all settings, as the last layer. */
export function defaultLayer(): ReadLayer {
  const values = new Map<string, ReadValue>();
  const add = (section: string, settings: readonly Setting[]) => {
    for (const setting of settings) {
      if (setting.default === undefined) continue;
      values.set(`${section}${setting.key}`, { value: setting.reader.read(setting.default) });
    }
  };
  add("", ROOT);
  add("worker.", WORKER);
  add(`tasks.${SHARED_TASK}.`, TASK);
  return { name: "default", values, taskKeys: [], taskKey: (task) => task, warnings: [] };
}

const ROOT: readonly Setting[] = Object.values(ROOT_SETTINGS);
const WORKER: readonly Setting[] = Object.values(WORKER_SETTINGS);
const TASK: readonly Setting[] = Object.values(TASK_SETTINGS);

function sectionOf(layer: ConfigLayer, section: string, written: unknown): Readonly<Record<string, unknown>> {
  if (written === undefined) return {};
  if (isObject(written)) return written;
  throw new ConfigError(`${at(layer, section)}${section} must be a section with settings by name.`);
}

function readValue(layer: ConfigLayer, path: string, setting: Setting, raw: unknown): ReadValue {
  const value = setting.reader.read(raw);
  const where = layer.where?.(path);
  if (value !== undefined) return where === undefined ? { value } : { value, where };
  const got = setting.isSecret ? "" : `, got ${quote(raw)}`;
  throw new ConfigError(`${at(layer, path)}${path} must be ${setting.reader.expected}${got}.`);
}

function unknownKey(layer: ConfigLayer, path: string, settings: readonly Setting[]): string {
  const key = path.slice(path.lastIndexOf(".") + 1);
  const candidates = settings.map((setting) => setting.key);
  const suggestion = didYouMean(key, candidates) ?? didYouMean(key.replace(/^max|Ms$/g, ""), candidates);
  const meant = suggestion === undefined ? "" : ` Did you mean ${suggestion}?`;
  return `${at(layer, path)}${path} is not a known setting.${meant}`;
}

/** `jobs.yaml:3: `, a form that editors can open; empty for an unknown place. */
function at(layer: ConfigLayer, path: string): string {
  const where = layer.where?.(path);
  return where === undefined ? "" : `${where}: `;
}

const LONGEST_QUOTE = 60;

function quote(raw: unknown): string {
  if (typeof raw === "function" || typeof raw === "symbol" || typeof raw === "bigint")
    return `a ${typeof raw}`;
  const text = raw === undefined || typeof raw === "number" ? String(raw) : JSON.stringify(raw);
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`;
}
