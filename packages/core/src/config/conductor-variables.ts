import type { TaskSettings } from "./app-config.ts";
import { TASK_SETTINGS } from "./task-settings.ts";

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
export function conductorWarning(variable: string, variableOf: (path: string) => string): string | undefined {
  if (!/^conductor_worker_/i.test(variable)) return undefined;
  const { task = "DEFAULT", property = "" } = VARIABLE.exec(variable)?.groups ?? {};
  const setting = SETTING_OF[property.toLowerCase()];
  if (setting === undefined) return `${variable} is not read, and no setting here replaces it.`;
  return `${variable} is not read; set ${variableOf(`tasks.${task}.${TASK_SETTINGS[setting].key}`)} instead.`;
}
