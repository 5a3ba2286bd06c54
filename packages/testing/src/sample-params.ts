import type { Task } from "@jobs/core";
import type { ParamKind } from "@jobs/core/task";

const SAMPLES: Readonly<Record<Exclude<ParamKind, "enum">, unknown>> = {
  string: "a",
  number: 1.5,
  integer: 1,
  boolean: true,
  null: null,
  array: [],
  object: {},
  any: null,
};

/**
 * Parameters that fit the types in a task's signature. A stricter schema may still refuse them; then the test has to
 * provide samples.
 */
export function sampleParams(task: Task): Record<string, unknown> {
  const required = task.signature.params.filter(({ isOptional }) => !isOptional);
  return Object.fromEntries(
    required.map(({ name, kind, values }) => [name, kind === "enum" ? values?.[0] : SAMPLES[kind]]),
  );
}
