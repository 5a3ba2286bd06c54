import type { App, AppReplacements, Task, TaskInput } from "@jobs/core";
import type { VirtualClock } from "@jobs/core/testing";
import type { ExpectedJob } from "./expect-enqueued.ts";
import type { JobOutcome } from "./outcome-log.ts";
import type { Partially } from "./partial-match.ts";
import type { RunOptions } from "./run-ready.ts";
import type { DeadLetter, StoredJob } from "./stored-jobs.ts";
import type { TestWorldOptions } from "./test-world.ts";

/** How a test app differs from the original app. */
export interface TestAppOptions extends TestWorldOptions {
  /** Handlers made with `handle(task, fn)`. They replace the app's own handlers of the same tasks. */
  readonly handlers?: NonNullable<AppReplacements["handlers"]>;
  /**
   * Another test app that shares its broker, clock and randomness, for tests of two deployments. Excludes `like`,
   * `seed` and `startAt`.
   */
  readonly beside?: TestApp;
}

/** Your app with a broker, a clock and randomness that belong to the test. */
export interface TestApp<Tasks extends readonly Task[] = readonly Task[]> {
  /** The app, with the same tasks, handlers, settings and prefix. It works only inside this process. */
  readonly app: App<Tasks>;
  /** The time of this test. {@link TestApp.advance} moves it; its own `advance` moves it while no worker runs. */
  readonly clock: VirtualClock;
  /** The outcome of every run so far, in order of settlement. */
  readonly outcomes: readonly JobOutcome[];
  /** Jobs that are stored now, of one task or of all, in the order of sending. Dead letters are not included. */
  enqueued<T extends Task>(task?: T): readonly StoredJob<T>[];
  /**
   * The stored jobs of a task with parameters that contain `params`: at least one. `params` may contain
   * `expect.any(…)`.
   * @throws AssertionError when there is none, or not `options.count`; the message lists the stored jobs.
   */
  expectEnqueued<T extends Task>(
    task: T,
    params?: Partially<TaskInput<T>>,
    options?: ExpectedJob,
  ): readonly StoredJob<T>[];
  /** @throws AssertionError when a job is stored, ready, delayed or leased; the message lists all. */
  expectNothingEnqueued(): void;
  /** Dead letters of one task or of all, the oldest first. */
  dead<T extends Task>(task?: T): readonly DeadLetter<T>[];
  /**
   * Runs all jobs that are ready now, and the jobs that they enqueue, until none is ready. Time does not move. Resolves
   * with the outcomes of these runs. @throws AssertionError when it does not end · MissingHandlerError · ConfigError
   */
  runAll(options?: RunOptions): Promise<readonly JobOutcome[]>;
  /**
   * Moves time as in production with a running worker: ready jobs run, and due jobs run at their time. During a
   * `runAll` it only moves the clock, so that handlers that wait for the clock continue. Resolves with the outcomes
   * during this time.
   * @param duration ms, or text as `20m`, `36h`. @throws ConfigError when it is not a duration; else as `runAll`.
   */
  advance(duration: string | number): Promise<readonly JobOutcome[]>;
  /** Closes the app. `await using` does it too. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
