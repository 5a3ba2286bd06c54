import { didYouMean } from "../options/did-you-mean.ts";
import { variableTaskName } from "./environment-layer.ts";
import type { ReadLayer } from "./read-layer.ts";

/**
 * Warns of sections for unknown tasks and of variables that two tasks share. Without declared tasks it warns of
 * nothing.
 */
export function taskWarnings(layers: readonly ReadLayer[]): readonly string[] {
  const declared = layers.filter((layer) => layer.name === "constructor").flatMap((layer) => layer.taskKeys);
  if (declared.length === 0) return [];
  const outside = layers.filter((layer) => layer.name !== "constructor");
  return outside.flatMap((layer) => [...unknownTasks(layer, declared), ...sharedSections(layer, declared)]);
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
