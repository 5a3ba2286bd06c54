import { AssertionError } from "node:assert/strict";
import { keepAliveClock, withDeadline } from "@jobs/core/runtime";

/** The value of `promise`, which must settle within `ms` of real time. @throws AssertionError when it does not. */
export function endsWithin<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const late = () => new AssertionError({ message: `${what} did not end in ${ms} ms` });
  return withDeadline(keepAliveClock, ms, promise, late);
}
