import type { JsonObject, JsonValue } from "../envelope/envelope.ts";

/** Stands for the whole value. */
const WHOLE = ".";

/**
 * The parameters of a step: what was known, and what is taken from the value before it. A place that the value does not
 * have leaves its parameter out; the task's signature then says what is missing.
 */
export function takeParams(
  params: JsonObject,
  takes: Readonly<Record<string, string>> | undefined,
  previous: JsonValue,
): JsonObject {
  if (takes === undefined) return params;
  const taken = Object.entries(takes)
    .map(([name, path]) => [name, valueAt(previous, path)] as const)
    .filter((entry): entry is readonly [string, JsonValue] => entry[1] !== undefined);
  return { ...params, ...Object.fromEntries(taken) };
}

/** Only what the value itself holds: a path never reaches what objects inherit. */
function valueAt(value: JsonValue, path: string): JsonValue | undefined {
  if (path === WHOLE) return value;
  let at: JsonValue | undefined = value;
  for (const key of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as JsonObject)[key];
  }
  return at;
}
