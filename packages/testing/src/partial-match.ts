import { isDeepStrictEqual } from "node:util";
import { isObject } from "@jobs/core/runtime";

/** A part of a value: objects may lack keys, lists are complete. */
export type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: Partially<T[Key]> }
    : T;

/** The common interface of `expect.any(String)` and similar matchers in Jest, Vitest, Jasmine and Sinon. */
interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean;
}

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

function isAsymmetricMatcher(value: unknown): value is AsymmetricMatcher {
  return typeof value === "object" && value !== null && "asymmetricMatch" in value;
}
