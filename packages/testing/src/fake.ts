import { createMemoryHistory, memoryResults } from "@jobs/adapter-memory";
import { type App, type AppReplacements, ConfigError, type Task } from "@jobs/core";
import { optionsCheck, optionRules as rule } from "@jobs/core/runtime";
import { type AppSubstitute, FAKE_ADVICE, substituteApp, type VirtualClock } from "@jobs/core/testing";
import { InlineRuns } from "./inline-runs.ts";
import type { JobOutcome } from "./outcome-log.ts";
import type { RunOptions } from "./run-ready.ts";
import type { DeadLetter, RecordedJob } from "./stored-jobs.ts";
import { createTestWorld, LIKE_RULE, type TestWorldOptions } from "./test-world.ts";
import { VirtualWork } from "./virtual-work.ts";

/** Options of {@link fake}. Without `like` it has the limits of the app's own broker. */
export interface FakeOptions extends TestWorldOptions {
  /**
   * `record` (default) keeps jobs until `runAll` or `advance` runs them. `inline` runs each at once: an enqueue resolves
   * when the job and all its follow-ups have run. Its failure is an outcome, no error of the enqueue. Delayed jobs wait for
   * `advance`.
   */
  readonly mode?: "record" | "inline";
  /** Handlers made with `handle(task, fn)`. They replace the app's own, or add those that it does not have. */
  readonly handlers?: NonNullable<AppReplacements["handlers"]>;
}

/** An app whose jobs stay in the test, see {@link fake}. */
export interface Fake<Tasks extends readonly Task[] = readonly Task[]> extends AsyncDisposable, Disposable {
  /** The app that was given. */
  readonly app: App<Tasks>;
  /** The time of the jobs. It moves only by {@link Fake.advance}, and by its own `advance` while no worker runs. */
  readonly clock: VirtualClock;
  /** The outcome of every run so far, in order of settlement. */
  readonly outcomes: readonly JobOutcome[];
  /** All jobs that were enqueued, of one task or of all, in the order of sending. Those that have run are in it. */
  jobs<T extends Task>(task?: T): readonly RecordedJob<T>[];
  /** Dead letters of one task or of all, the oldest first. */
  dead<T extends Task>(task?: T): readonly DeadLetter<T>[];
  /** As {@link TestApp.runAll}: runs what is ready and what follows from it, with the app's own handlers. */
  runAll(options?: RunOptions): Promise<readonly JobOutcome[]>;
  /** As {@link TestApp.advance}: lets time pass as in production with a running worker. */
  advance(duration: string | number): Promise<readonly JobOutcome[]>;
  /**
   * Starts anew: no jobs, outcomes, results and ids of before, and the first time. For `beforeEach`. It has happened when
   * the call returns; the promise only waits for runs that are still under way.
   */
  clear(): Promise<void>;
  /** The app has its own broker again. For `afterAll`; a `using` declaration does it too. */
  restore(): Promise<void>;
}

const checkOptions = optionsCheck<FakeOptions>({
  handlers: rule.listOf("handlers made by handle(task, fn)", rule.anything),
  mode: rule.oneOf("record", "inline"),
  like: LIKE_RULE,
  seed: rule.number,
  startAt: rule.either(rule.date, rule.number),
});

/** The active fake of each app. */
const active = new WeakMap<object, AppFake>();

/**
 * Gives an app a broker in memory with the limits of its own broker, a virtual clock, seeded randomness and a result
 * store, until `restore`. All code that imports the app uses them. Its own broker is neither opened nor closed. A second
 * fake of the same app ends the first.
 * @throws ConfigError for an app that has already opened its own broker, or for options that cannot be used
 */
export function fake<const Tasks extends readonly Task[]>(
  app: App<Tasks>,
  options: FakeOptions = {},
): Fake<Tasks> {
  checkOptions(options, "fake");
  const made = new AppFake(app, options);
  active.set(app, made);
  return made as unknown as Fake<Tasks>;
}

/** What runs around the tests of a file or of a `describe`, under the names of vitest and jest. */
interface FileHooks {
  readonly beforeEach: (run: () => Promise<void>) => void;
  readonly afterAll: (run: () => Promise<void>) => void;
}

/** Lets a fake follow a test file: it is empty at the start of each test and restored after the last one. */
export function restoreAfterFile<F extends Pick<Fake, "clear" | "restore">>(made: F, hooks: FileHooks): F {
  hooks.beforeEach(() => made.clear());
  hooks.afterAll(() => made.restore());
  return made;
}

/** The active fake of an app, or the given one. @throws ConfigError where there is none */
export function activeFake(target: App | Fake, call: string): Fake {
  if (target instanceof AppFake) return target;
  const found = typeof target === "object" && target !== null ? active.get(target) : undefined;
  if (found !== undefined) return found;
  throw new ConfigError(`${call}: this app has no fake, so nobody recorded its jobs. ${FAKE_ADVICE}`);
}

class AppFake implements Fake {
  readonly app: App;
  readonly #options: FakeOptions;
  #session: Session;

  constructor(app: App, options: FakeOptions) {
    this.app = app;
    this.#options = options;
    this.#session = openSession(app, options);
  }

  get clock(): VirtualClock {
    return this.#session.clock;
  }

  get outcomes(): readonly JobOutcome[] {
    return this.#current("outcomes").work.outcomes;
  }

  readonly jobs: Fake["jobs"] = (task) => this.#current("jobs").work.jobs.recorded(task);

  readonly dead: Fake["dead"] = (task) => this.#current("dead").work.jobs.dead(task);

  async runAll(options?: RunOptions): Promise<readonly JobOutcome[]> {
    const { runs, work } = this.#current("runAll");
    return runs.enter(() => work.runAll(options));
  }

  async advance(duration: string | number): Promise<readonly JobOutcome[]> {
    const { runs, work } = this.#current("advance");
    return runs.enter(() => work.advance(duration));
  }

  clear(): Promise<void> {
    const { substitute } = this.#current("clear");
    this.#session = openSession(this.app, this.#options);
    return substitute.close();
  }

  restore(): Promise<void> {
    const { substitute } = this.#session;
    substitute.undo();
    if (active.get(this.app) === this) active.delete(this.app);
    return substitute.close();
  }

  [Symbol.dispose](): void {
    // It has happened when the call returns. Whoever needs to wait for runs awaits restore().
    this.restore().catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.restore();
  }

  /** @throws ConfigError after the end: another fake would answer for this one */
  #current(member: string): Session {
    if (active.get(this.app) === this) return this.#session;
    throw new ConfigError(
      `${member}: this fake has ended: it was restored, or another fake of its app was made.`,
      {
        hint: "Use one fake of an app at a time: for the whole file, or one in each test.",
      },
    );
  }
}

/** All that a fake has from its start, or from a `clear`, to the next one. */
interface Session {
  readonly clock: VirtualClock;
  readonly work: VirtualWork;
  readonly runs: InlineRuns;
  readonly substitute: AppSubstitute;
}

function openSession(app: App, { mode, handlers = [], ...options }: FakeOptions): Session {
  const world = createTestWorld(options);
  const { clock, runtime } = world;
  const results = memoryResults({ clock });
  const runs = new InlineRuns();
  const substitute = substituteApp(app, {
    replace: (definition) =>
      definition.with({
        broker: world.openBroker(definition.broker),
        results,
        history: definition.history !== undefined && createMemoryHistory({ clock }),
        runtime,
        handlers,
      }),
    ...(mode === "inline" ? { wrapProducer: (producer) => runs.after(producer, () => work.runAll()) } : {}),
  });
  const work = new VirtualWork({ app, world, results, observe: substitute.observe });
  return { clock, work, runs, substitute };
}
