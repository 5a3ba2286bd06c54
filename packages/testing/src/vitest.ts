// For vitest: adds the matchers to its `expect`, and makes a fake that follows its test files.

import type { App, Task } from "@jobs/core";
import { afterAll, beforeEach, expect, onTestFinished } from "vitest";
import { type Fake, type FakeOptions, fake as plainFake, restoreAfterFile } from "./fake.ts";
import { type EnqueuedMatchers, enqueuedMatchers } from "./matchers.ts";

// Without this the declaration file names no import of vitest, and TypeScript 5 does not add the matchers.
export type {} from "vitest";

declare module "vitest" {
  interface Assertion<T> extends EnqueuedMatchers {}
}

expect.extend(enqueuedMatchers);

/**
 * As `fake` of `@jobs/testing`. At the top of a file or of a `describe` it is empty at the start of each test and restored
 * after the last one. In a test it is restored after that test.
 */
export function fake<const Tasks extends readonly Task[]>(
  app: App<Tasks>,
  options?: FakeOptions,
): Fake<Tasks> {
  const made = plainFake(app, options);
  return isRestoredAfterTest(made) ? made : restoreAfterFile(made, { beforeEach, afterAll });
}

/** Outside of a test vitest refuses the hook. */
function isRestoredAfterTest(made: Fake): boolean {
  try {
    onTestFinished(() => made.restore());
    return true;
  } catch {
    return false;
  }
}
