import type { App, AppReplacements, Task, TaskInput } from "@jobs/core";
import type { VirtualClock } from "@jobs/core/testing";
import type { ExpectedJob } from "./expect-enqueued.ts";
import type { JobOutcome } from "./job-outcome.ts";
import type { Partially } from "./partial-match.ts";
import type { RunOptions } from "./run-ready.ts";
import type { DeadLetter, StoredJob } from "./stored-job.ts";
import type { TestWorldOptions } from "./test-world.ts";

/** How a test app differs from the app it is made of. */
export interface TestAppOptions extends TestWorldOptions {
  /** Stand-ins, made with `handle(task, fn)`: they take the place of the app's own handlers of their tasks. */
  readonly handlers?: NonNullable<AppReplacements["handlers"]>;
  /** Another test app whose broker, clock and chance this one shares: two deployments that talk to each other. Excludes `like`, `seed` and `startAt`. */
  readonly beside?: TestApp;
}

/** Your app on a broker, a clock and a source of chance that belong to the test. */
export interface TestApp<Tasks extends readonly Task[] = readonly Task[]> {
  /** The app itself: same tasks, handlers, settings and prefix; nothing of it leaves the process. */
  readonly app: App<Tasks>;
  /** Time in this test. Moved by {@link TestApp.advance}; its own `advance` lets time pass while no worker is at work. */
  readonly clock: VirtualClock;
  /** What became of every run so far, in the order in which it was settled. */
  readonly outcomes: readonly JobOutcome[];
  /** Jobs that are stored now, of one task or of all, in the order in which they were sent; dead letters are not among them. */
  enqueued<T extends Task>(task?: T): readonly StoredJob<T>[];
  /**
   * The stored jobs of a task whose parameters contain `params` (values and `expect.any(…)` alike): at least one.
   * @throws AssertionError when there is none, or not `options.count`; the message lists what is stored instead.
   */
  expectEnqueued<T extends Task>(
    task: T,
    params?: Partially<TaskInput<T>>,
    options?: ExpectedJob,
  ): readonly StoredJob<T>[];
  /** @throws AssertionError when a job is stored, ready, delayed or leased; the message lists all. */
  expectNothingEnqueued(): void;
  /** Jobs that were set aside, of one task or of all, the one that died first in front. */
  dead<T extends Task>(task?: T): readonly DeadLetter<T>[];
  /**
   * Runs all that is ready now, follow-up jobs included, until nothing is; time stands still. Resolves with the
   * outcomes of these runs. @throws AssertionError when it comes to no end · MissingHandlerError · ConfigError
   */
  runAll(options?: RunOptions): Promise<readonly JobOutcome[]>;
  /**
   * Lets time pass as it does in production with a worker at work: all that is ready runs, and whatever falls due
   * within `duration` runs at its very moment. While a `runAll` is under way it only moves the clock, so that handlers
   * which wait for that clock get on. Resolves with the outcomes that came about meanwhile.
   * @param duration ms, or text as `20m`, `36h`. @throws ConfigError when it is no duration; else as `runAll`.
   */
  advance(duration: string | number): Promise<readonly JobOutcome[]>;
  /** Closes the app. Done by `await using`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
