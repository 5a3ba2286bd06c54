// Reads settings: their layers, their priority, and one reader for each kind of value. Also gives them to an app.

export { bindApp } from "../app/app-state.ts";
export type {
  AppConfig,
  Explained,
  QueueWeight,
  RootSettings,
  TaskSettings,
  WorkerSettings,
} from "../config/app-config.ts";
export {
  CONFIG_LAYERS,
  type ConfigLayer,
  type ConfigLayerName,
  type WrittenValues,
} from "../config/config-layer.ts";
export { type ConstructorSettings, constructorLayer } from "../config/constructor-layer.ts";
export { countOf, DURATION_FORM, formatDuration, parseDuration } from "../config/duration.ts";
export {
  type Environment,
  environmentLayer,
  variableOf,
  variableTaskName,
} from "../config/environment-layer.ts";
export { resolveConfig } from "../config/precedence.ts";
export { ROOT_SETTINGS } from "../config/root-settings.ts";
export type { Routes } from "../config/route-task.ts";
export type { Setting, SettingsOf } from "../config/settings.ts";
export { TASK_SETTINGS } from "../config/task-settings.ts";
export {
  booleanReader,
  durationReader,
  integerReader,
  nameReader,
  prefixReader,
  textReader,
  type ValueReader,
  wordReader,
  wordsReader,
} from "../config/value-reader.ts";
export { WORKER_SETTINGS } from "../config/worker-settings.ts";
