import type { JsonObject } from "../envelope/envelope.ts";
import type { Task } from "./task.ts";

/** Replaces a hidden value. */
export const REDACTED = "[redacted]";

/**
 * Parameters that may be shown: the task's option `redact` names those whose values are replaced. Names of earlier
 * versions are among them, see `makeTask`. An unknown task hides none.
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
