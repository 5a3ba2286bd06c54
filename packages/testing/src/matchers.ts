import type { App, Task, TaskInput } from "@jobs/core";
import { matchEnqueued } from "./assertions.ts";
import type { ExpectedJob } from "./expect-enqueued.ts";
import type { Fake } from "./fake.ts";
import type { Partially } from "./partial-match.ts";

/** What `expect(app)` and `expect(jobs)` offer once the matchers are added. */
export interface EnqueuedMatchers<Returned = void> {
  /**
   * Wants an enqueued job of a task whose parameters contain `params`; jobs that have run count too. The subject is a fake, or
   * the app that it was made of. `params` may contain `expect.any(…)` and other matchers.
   */
  toHaveEnqueued<T extends Task>(task: T, params?: Partially<TaskInput<T>>, options?: ExpectedJob): Returned;
}

/** The answer of a matcher, as vitest and jest want it. */
interface MatcherAnswer {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** For `expect.extend`. The entries `vitest` and `jest` of this package call it. */
export const enqueuedMatchers = {
  toHaveEnqueued(
    target: App | Fake,
    task: Task,
    ...[params, options]: [unknown?, ExpectedJob?]
  ): MatcherAnswer {
    const match = matchEnqueued(target, { task, params, options }, "toHaveEnqueued");
    return { pass: match.isMet, message: match.text, ...match.compared };
  },
};
