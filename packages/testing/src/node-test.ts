// For node:test: a fake that follows a test file.

import { after, beforeEach } from "node:test";
import type { App, Task } from "@jobs/core";
import { type Fake, type FakeOptions, fake as plainFake, restoreAfterFile } from "./fake.ts";

/**
 * As `fake` of `@jobs/testing`, for the top of a file or of a `describe`: it is empty at the start of each test and restored
 * after the last one. In a test use `using jobs = fake(app)` of `@jobs/testing`.
 */
export function fake<const Tasks extends readonly Task[]>(
  app: App<Tasks>,
  options?: FakeOptions,
): Fake<Tasks> {
  return restoreAfterFile(plainFake(app, options), { beforeEach, afterAll: after });
}
