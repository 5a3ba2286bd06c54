import { createMemoryHistory, type MemoryResults, memoryResults } from "@jobs/adapter-memory";
import { type App, type AppOptions, ConfigError, createApp, type Task } from "@jobs/core";
import { checkArgument, type OptionRule, optionsCheck, optionRules as rule } from "@jobs/core/runtime";
import { assertNothingStored, assertStored, checkExpectation, type ExpectedJob } from "./expect-enqueued.ts";
import type { JobOutcome } from "./outcome-log.ts";
import type { RunOptions } from "./run-ready.ts";
import type { TestApp, TestAppOptions } from "./test-app.ts";
import { createTestWorld, LIKE_RULE, type TestWorld } from "./test-world.ts";
import { VirtualWork } from "./virtual-work.ts";

const checkOptions = optionsCheck<TestAppOptions>({
  handlers: rule.listOf("handlers made by handle(task, fn)", rule.anything),
  beside: rule.anything,
  like: LIKE_RULE,
  seed: rule.number,
  startAt: rule.either(rule.date, rule.number),
});

const APP: OptionRule = { ...rule.object, expected: "an app, or options of createApp" };

/**
 * Makes a copy of an app, or of options of `createApp`, for tests. It has a memory broker with another broker's limits,
 * a virtual clock, seeded randomness, and its own stores of results and history. The given app does not change and may already be in use.
 * @throws ConfigError when options contradict each other.
 */
export function createTestApp<const Tasks extends readonly Task[]>(
  app: App<Tasks> | AppOptions<Tasks>,
  options: TestAppOptions = {},
): TestApp<Tasks> {
  checkArgument(app, "createTestApp: the first argument", APP);
  checkOptions(options, "createTestApp");
  const world = worldFor(options);
  const results = memoryResults({ clock: world.clock });
  const own = "enqueue" in app ? app : createApp(app);
  const { runtime } = world;
  const broker = world.openBroker();
  const history = own.history !== undefined && createMemoryHistory({ clock: world.clock });
  return new VirtualTestApp(
    world,
    results,
    own.with({ broker, results, history, runtime, handlers: options.handlers ?? [] }),
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
  readonly #work: VirtualWork;

  constructor(world: TestWorld, results: MemoryResults, app: App<Tasks>) {
    this.app = app;
    this.world = world;
    this.clock = world.clock;
    this.#work = new VirtualWork({ app, world, results, observe: (observer) => app.observe(observer) });
  }

  get outcomes(): readonly JobOutcome[] {
    return this.#work.outcomes;
  }

  readonly enqueued: TestApp["enqueued"] = (task) => this.#work.jobs.waiting(task);

  readonly expectEnqueued: TestApp["expectEnqueued"] = (task, params, options: ExpectedJob = {}) => {
    checkExpectation({ task, params, options }, "expectEnqueued");
    const expectation = { task, params, options };
    return assertStored(this.#work.jobs.waiting(), expectation, this.expectEnqueued);
  };

  readonly expectNothingEnqueued = (): void =>
    assertNothingStored(this.#work.jobs.waiting(), this.expectNothingEnqueued);

  readonly dead: TestApp["dead"] = (task) => this.#work.jobs.dead(task);

  runAll(options?: RunOptions): Promise<readonly JobOutcome[]> {
    return this.#work.runAll(options);
  }

  advance(duration: string | number): Promise<readonly JobOutcome[]> {
    return this.#work.advance(duration);
  }

  close(): Promise<void> {
    return this.app.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
