import { AssertionError } from "node:assert";
import type { App, Task, TaskInput } from "@jobs/core";
import {
  type AssertionCaller,
  checkExpectation,
  comparedParams,
  type Expectation,
  type ExpectedJob,
  isAsMany,
  type JobsWording,
  matchJobs,
  showJobs,
  unmetText,
  unwantedText,
} from "./expect-enqueued.ts";
import { activeFake, type Fake } from "./fake.ts";
import type { Partially } from "./partial-match.ts";
import type { RecordedJob } from "./stored-jobs.ts";

const ENQUEUED: JobsWording = {
  done: "enqueued",
  one: "one job was enqueued",
  many: "jobs were enqueued",
  none: "nothing was enqueued.",
};

/** How the enqueued jobs meet an expectation. */
export interface EnqueuedMatch {
  /** The jobs that match, whatever their number. */
  readonly matched: readonly RecordedJob[];
  /** Whether as many match as expected. */
  readonly isMet: boolean;
  /** The text of a failure: of the expectation, or where it is met of its opposite. */
  text(): string;
  /** What a test runner compares. */
  readonly compared: { readonly actual: unknown; readonly expected: unknown };
}

/**
 * Compares the jobs of a fake, or of the app that it was made of, with an expectation.
 * @throws ConfigError for an app without a fake, and for an expectation that is none
 */
export function matchEnqueued(
  target: App | Fake,
  { task, params, options = {} }: { task: Task; params?: unknown; options?: ExpectedJob | undefined },
  call: string,
): EnqueuedMatch {
  const jobs = activeFake(target, call).jobs();
  checkExpectation({ task, params, options }, call);
  const expectation: Expectation<Task> = { task, params: params as Partially<TaskInput<Task>>, options };
  const matched = matchJobs(jobs, expectation);
  const isMet = isAsMany(matched, expectation);
  return {
    matched,
    isMet,
    text: () =>
      isMet ? unwantedText(matched, expectation, ENQUEUED) : unmetText(jobs, expectation, ENQUEUED),
    compared: comparedParams(jobs, expectation),
  };
}

/**
 * Wants at least one enqueued job of a task whose parameters contain `params`; those that have run count too. Resolves
 * nothing and waits for nothing. `params` may contain `expect.any(…)` and other matchers of a test library.
 * @param target the fake, or the app that it was made of
 * @throws AssertionError that lists the enqueued jobs, the nearest first · ConfigError for an app without a fake
 */
export function expectEnqueued<T extends Task>(
  target: App | Fake,
  task: T,
  ...[params, options]: readonly [params?: Partially<TaskInput<T>>, options?: ExpectedJob]
): readonly RecordedJob<T>[] {
  const match = matchEnqueued(target, { task, params, options }, "expectEnqueued");
  if (match.isMet) return match.matched as readonly RecordedJob<T>[];
  throw failure("expectEnqueued", match, expectEnqueued);
}

/**
 * Wants no enqueued job of a task whose parameters contain `params`; without a task no job at all.
 * @param target the fake, or the app that it was made of
 * @throws AssertionError that lists these jobs · ConfigError for an app without a fake
 */
export function expectNotEnqueued<T extends Task>(
  target: App | Fake,
  task?: T,
  params?: Partially<TaskInput<T>>,
): void {
  if (task !== undefined) {
    const match = matchEnqueued(target, { task, params }, "expectNotEnqueued");
    if (match.isMet) throw failure("expectNotEnqueued", match, expectNotEnqueued);
    return;
  }
  const jobs = activeFake(target, "expectNotEnqueued").jobs();
  if (jobs.length === 0) return;
  throw new AssertionError({
    message: `expected no enqueued jobs, but ${showJobs(jobs, ENQUEUED)}`,
    actual: jobs.map((job) => job.task),
    expected: [],
    operator: "expectNotEnqueued",
    stackStartFn: expectNotEnqueued,
  });
}

function failure(operator: string, match: EnqueuedMatch, caller: AssertionCaller): AssertionError {
  return new AssertionError({
    message: match.text(),
    ...match.compared,
    operator,
    stackStartFn: caller,
  });
}
