import { type MemoryResults, memoryResults } from "@jobs/adapter-memory";
import { type App, type AppOptions, ConfigError, createApp, type Task } from "@jobs/core";
import { DURATION_FORM, parseDuration } from "@jobs/core/config";
import { optionsCheck, optionRules as rule, WORKER_SETTING_RULES } from "@jobs/core/runtime";
import { assertNothingStored, assertStored, type ExpectedJob } from "./expect-enqueued.ts";
import type { JobOutcome } from "./outcome-log.ts";
import { OutcomeLog } from "./outcome-log.ts";
import { type RunOptions, runReady } from "./run-ready.ts";
import { StoredJobs } from "./stored-jobs.ts";
import type { TestApp, TestAppOptions } from "./test-app.ts";
import { createTestWorld, type TestWorld } from "./test-world.ts";

const checkRunOptions = optionsCheck<RunOptions>({ ...WORKER_SETTING_RULES, maxRuns: rule.whole(1) });

const checkExpected = optionsCheck<ExpectedJob>({
  count: rule.whole(0),
  id: rule.text,
  queue: rule.text,
  delayMs: rule.ms(),
  at: rule.date,
  priority: rule.number,
  headers: rule.object,
});

const checkOptions = optionsCheck<TestAppOptions>({
  handlers: rule.listOf("handlers made by handle(task, fn)", rule.anything),
  beside: rule.anything,
  like: { ...rule.object, expected: "the adapter of a broker, or limits" },
  seed: rule.number,
  startAt: rule.either(rule.date, rule.number),
});

/**
 * Makes a copy of an app, or of options of `createApp`, for tests. It has a memory broker with another broker's limits,
 * a virtual clock, seeded randomness and its own result store. The given app does not change and may already be in use.
 * @throws ConfigError when options contradict each other.
 */
export function createTestApp<const Tasks extends readonly Task[]>(
  app: App<Tasks> | AppOptions<Tasks>,
  options: TestAppOptions = {},
): TestApp<Tasks> {
  checkOptions(options, "createTestApp");
  const world = worldFor(options);
  const results = memoryResults({ clock: world.clock });
  const own = "enqueue" in app ? app : createApp(app);
  const { runtime } = world;
  const broker = world.openBroker();
  return new VirtualTestApp(
    world,
    results,
    own.with({ broker, results, runtime, handlers: options.handlers ?? [] }),
  );
}

function worldFor({ beside, ...options }: TestAppOptions): TestWorld {
  if (beside === undefined) return createTestWorld(options);
  if (!(beside instanceof VirtualTestApp))
    throw new ConfigError("beside must be a test app made by createTestApp.");
  const { like, seed, startAt } = options;
  if (like !== undefined || seed !== undefined || startAt !== undefined) {
    throw new ConfigError("beside excludes like, seed and startAt: those of the other test app apply.", {
      hint: "Give them to the test app that is made first.",
    });
  }
  return beside.world;
}

class VirtualTestApp<Tasks extends readonly Task[]> implements TestApp<Tasks> {
  readonly app: App<Tasks>;
  readonly clock;
  readonly world: TestWorld;
  readonly #log: OutcomeLog;
  readonly #stored: StoredJobs;
  #runsUnderWay = 0;

  constructor(world: TestWorld, results: MemoryResults, app: App<Tasks>) {
    this.app = app;
    this.world = world;
    this.clock = world.clock;
    this.#stored = new StoredJobs(world, app.config.queuePrefix, app.config.monitor);
    this.#log = new OutcomeLog((id) => results.find(id)?.value);
    app.observe(this.#log.observe);
  }

  get outcomes(): readonly JobOutcome[] {
    return this.#log.list;
  }

  readonly enqueued: TestApp["enqueued"] = (task) => this.#stored.waiting(task);

  readonly expectEnqueued: TestApp["expectEnqueued"] = (task, params, options: ExpectedJob = {}) => {
    checkExpected(options, "expectEnqueued");
    const expectation = { task, params, options };
    return assertStored(this.#stored.waiting(), expectation, this.expectEnqueued);
  };

  readonly expectNothingEnqueued = (): void =>
    assertNothingStored(this.#stored.waiting(), this.expectNothingEnqueued);

  readonly dead: TestApp["dead"] = (task) => this.#stored.dead(task);

  async runAll(options: RunOptions = {}): Promise<readonly JobOutcome[]> {
    checkRunOptions(options, "runAll");
    const before = this.outcomes.length;
    this.#runsUnderWay++;
    try {
      await runReady(this.app, this.#stored, options);
    } finally {
      this.#runsUnderWay--;
    }
    return this.outcomes.slice(before);
  }

  async advance(duration: string | number): Promise<readonly JobOutcome[]> {
    const ms = parseDuration(duration);
    if (ms === undefined)
      throw new ConfigError(`advance takes ms or ${DURATION_FORM}; got ${JSON.stringify(duration)}.`);
    const before = this.outcomes.length;
    if (this.#runsUnderWay > 0) await this.clock.advance(ms);
    else await this.#workThrough(this.clock.monotonic() + ms);
    return this.outcomes.slice(before);
  }

  close(): Promise<void> {
    return this.app.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Time moves only while nothing runs: real input and output in a handler takes no virtual time. */
  async #workThrough(until: number): Promise<void> {
    await this.runAll();
    for (let next = this.#nextStop(until); next < until; next = this.#nextStop(until)) {
      await this.#moveTo(next);
      await this.runAll();
    }
    await this.#moveTo(until);
    await this.runAll();
  }

  /** The next moment at which something is due, rounded up to whole ms so that it is really reached. */
  #nextStop(until: number): number {
    const dueAt = this.#stored.nextDueAt;
    return dueAt === undefined ? until : Math.min(until, Math.ceil(dueAt));
  }

  #moveTo(time: number): Promise<void> {
    return this.clock.advance(time - this.clock.monotonic());
  }
}
