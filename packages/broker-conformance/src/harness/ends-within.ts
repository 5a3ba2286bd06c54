import { AssertionError } from "node:assert/strict";

/** The value of `promise`, which must settle within `ms` of real time. @throws AssertionError when it does not. */
export function endsWithin<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new AssertionError({ message: `${what} did not end in ${ms} ms` }));
    const timer = setTimeout(late, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
