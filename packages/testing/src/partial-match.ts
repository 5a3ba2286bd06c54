import { isDeepStrictEqual } from "node:util";
import { isObject } from "@jobs/core/runtime";

/** `expect.any(String)` and similar matchers of Jest, Vitest, Jasmine and Sinon. */
interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean;
}

/** A part of a value: objects may lack keys, lists are complete. Each value may be a matcher of a test library. */
export type Partially<T> = AsymmetricMatcher | PartialValue<T>;

type PartialValue<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: Partially<T[Key]> }
    : T;

/** Whether every part of `expected` is in `actual`: objects key by key, everything else exactly. */
export function matchesPartially(actual: unknown, expected: unknown): boolean {
  if (isAsymmetricMatcher(expected)) return expected.asymmetricMatch(actual);
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => matchesPartially(actual[index], item))
    );
  }
  if (!isObject(expected)) return isDeepStrictEqual(actual, expected);
  return (
    isObject(actual) && Object.entries(expected).every(([key, part]) => matchesPartially(actual[key], part))
  );
}

/** The keys of `expected` whose parts are not in `actual`; the key "" for a matcher of the whole. */
export function differingKeys(actual: unknown, expected: object): readonly string[] {
  if (isAsymmetricMatcher(expected)) return expected.asymmetricMatch(actual) ? [] : [""];
  const parts: Readonly<Record<string, unknown>> = isObject(actual) ? actual : {};
  return Object.entries(expected)
    .filter(([key, part]) => !matchesPartially(parts[key], part))
    .map(([key]) => key);
}

function isAsymmetricMatcher(value: unknown): value is AsymmetricMatcher {
  return typeof value === "object" && value !== null && "asymmetricMatch" in value;
}
