import type { JsonObject } from "../envelope/envelope.ts";
import type { Task } from "./task.ts";

/** Stands where a value is not to be seen. */
export const REDACTED = "[redacted]";

/**
 * Parameters as they may be shown: the values of those that the task's option `redact` names are replaced, whatever they
 * hold. A task that is not known here names none.
 */
export function redactParams(task: Task | undefined, params: JsonObject): JsonObject {
  const hidden = task?.options.redact ?? [];
  if (hidden.length === 0) return params;
  const shown = Object.entries(params).map(([name, value]) => [
    name,
    hidden.includes(name) ? REDACTED : value,
  ]);
  return Object.fromEntries(shown);
}
