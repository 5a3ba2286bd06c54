// For jest: adds the matchers to its `expect`, and makes a fake that follows its test files.

import { afterAll, beforeEach, expect } from "@jest/globals";
import type { App, Task } from "@jobs/core";
import { type Fake, type FakeOptions, fake as plainFake, restoreAfterFile } from "./fake.ts";
import { type EnqueuedMatchers, enqueuedMatchers } from "./matchers.ts";

// Without this the declaration file names no import of expect, and TypeScript 5 does not add the matchers.
export type {} from "expect";

/** For tests that import `expect` from `@jest/globals`. */
declare module "expect" {
  interface Matchers<R extends void | Promise<void>, T> extends EnqueuedMatchers<R> {}
}

declare global {
  /** For tests that use the global `expect` of `@types/jest`. */
  namespace jest {
    interface Matchers<R, T> extends EnqueuedMatchers<R> {}
  }
}

expect.extend(enqueuedMatchers as Parameters<typeof expect.extend>[0]);

/**
 * As `fake` of `@jobs/testing`, for the top of a file or of a `describe`: it is empty at the start of each test and restored
 * after the last one. In a test use `using jobs = fake(app)` of `@jobs/testing`.
 */
export function fake<const Tasks extends readonly Task[]>(
  app: App<Tasks>,
  options?: FakeOptions,
): Fake<Tasks> {
  return restoreAfterFile(plainFake(app, options), { beforeEach, afterAll });
}
