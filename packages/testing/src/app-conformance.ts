import assert from "node:assert/strict";
import { type App, chain, group, handle, step, type Task } from "@jobs/core";
import { type AdapterDescriptor, type HistoryEvent, routedQueue } from "@jobs/core/broker";
import { resolveConfig } from "@jobs/core/config";
import { type OptionRule, optionRules, optionsCheck, required } from "@jobs/core/runtime";
import type { ParamKind } from "@jobs/core/task";
import { createTestApp } from "./create-test-app.ts";
import type { TestApp } from "./test-app.ts";
import { type TaskLock, versionChecks } from "./version-checks.ts";

/** Options of {@link appConformance}. */
export interface ConformanceOptions {
  /** Parameters by task, for schemas that refuse generated ones; those of an earlier version by `task@version`. */
  readonly samples?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * The adapters of the brokers that the app runs on, at least one. The limits of each apply. There is no default: a job
   * that memory takes may be refused where the app runs.
   */
  readonly like: readonly AdapterDescriptor[];
  /**
   * The content of `jobs.lock.json`. Jobs of earlier versions are generated from the schemas in it. Default: from those in
   * the code, which may have changed since.
   */
  readonly lock?: TaskLock;
}

/** One check that every app has to pass. */
export interface ConformanceCheck {
  readonly title: string;
  /** @throws AssertionError that says what is wrong. */
  run(): Promise<void>;
}

const list = optionRules.listOf("adapters of brokers", optionRules.having("an adapter", "readUrl"));
const adapters: OptionRule = {
  ...list,
  expected: `${list.expected}, at least one`,
  accepts: (value) => list.accepts(value) && Array.isArray(value) && value.length > 0,
};

const checkOptions = optionsCheck<ConformanceOptions>({
  samples: optionRules.mapOf("parameters by task", optionRules.object),
  like: required(adapters),
  lock: optionRules.object,
});

/**
 * Checks that fit every app, in memory and on virtual time. They call no handler of the app. For every test runner:
 * `for (const { title, run } of appConformance(app, { like: [redis] })) test(title, run);`
 * @throws ConfigError without an adapter in `like`
 */
export function appConformance(app: App, options: ConformanceOptions): readonly ConformanceCheck[] {
  checkOptions(options, "appConformance");
  const tasks = app.tasks.tasks;
  const { like: likes } = options;
  const check = (title: string, prove: (t: TestApp) => Promise<void> | void, like?: AdapterDescriptor) => ({
    title,
    async run() {
      await using t = examined(app, like);
      await prove(t);
    },
  });
  const others = app.queues.filter((name) => name !== app.config.monitor && name !== DEFAULT_QUEUE);
  const [first] = tasks;
  return [
    check("every queue can have its name on any broker", queuesCanBeNamed),
    check("every task has a whole number of attempts and a time limit", settingsAreUsable),
    check("a task that names no queue goes to the default queue", defaultIsBound),
    check("the monitor's queue is one of the app's, and no task's", monitorIsBound),
    ...tasks.map((task) =>
      check(`a job of ${task.name} reaches exactly its queue and the monitor`, (t) =>
        reaches(t, task, options),
      ),
    ),
    ...[...others, DEFAULT_QUEUE].flatMap((queue) =>
      first === undefined
        ? []
        : [
            check(`a job sent to queue ${queue} reaches exactly it and the monitor`, (t) =>
              reaches(t, first, options, queue),
            ),
          ],
    ),
    ...likes.flatMap((like) =>
      tasks.map((task) =>
        check(
          `a job of ${task.name} is accepted, carried and read back within the limits of ${like.kind}`,
          (t) => passes(t, task, options),
          like,
        ),
      ),
    ),
    ...tasks.flatMap((task) =>
      versionChecks(task, { lock: options.lock, samples: options.samples ?? {} }).map(({ title, prove }) =>
        check(title, prove),
      ),
    ),
    check("what follows a group is sent once, to its own queue", (t) => joins(t, options)),
  ];
}

/** The queue of a task that names none. */
const DEFAULT_QUEUE = "default";

/** The monitor for an app without one: without a monitor the check would always pass. */
const OWN_MONITOR = "jobs-conformance-monitor";

/** The app in its own test world, with a monitor and with handlers that do nothing. */
function examined(app: App, like: AdapterDescriptor | undefined): TestApp {
  const handlers = app.tasks.tasks.map((task) => handle(task, () => {}));
  return createTestApp(watched(app), { handlers, ...(like === undefined ? {} : { like }) });
}

function watched(app: App): App {
  if (app.config.monitor !== undefined) return app;
  const config = resolveConfig([{ layer: "flag", monitor: OWN_MONITOR }, ...app.config.layers]);
  return app.with({ config });
}

function defaultIsBound({ app }: TestApp): void {
  const queue = app.config.task("nobody.declares.this").queue;
  const shared = app.config.explain("tasks.DEFAULT.queue");
  assert.equal(queue, shared.value, "a task without a queue of its own");
  assert.notEqual(queue, app.config.monitor, "the default queue is not the monitor's");
}

function queuesCanBeNamed({ app }: TestApp): void {
  for (const name of app.queues) {
    const full = `${app.config.queuePrefix}${name}`;
    assert.match(
      full,
      /^[A-Za-z0-9_-]{1,75}(?:\.fifo)?$/,
      `queue ${full}: use at most 75 letters, digits, _ and -, and .fifo behind them`,
    );
  }
}

function settingsAreUsable({ app }: TestApp): void {
  for (const { name } of app.tasks.tasks) {
    const { maxAttempts, timeoutMs } = app.config.task(name);
    assert.ok(Number.isInteger(maxAttempts) && maxAttempts >= 1, `${name}: attempts ${maxAttempts}`);
    assert.ok(timeoutMs > 0, `${name}: timeout ${timeoutMs}`);
  }
}

function monitorIsBound({ app }: TestApp): void {
  const { monitor } = app.config;
  if (monitor === undefined) return;
  assert.ok(app.queues.includes(monitor), `the monitor's queue ${monitor} is in app.queues`);
  for (const { name } of app.tasks.tasks) {
    assert.notEqual(app.config.task(name).queue, monitor, `${name} has the monitor's queue`);
  }
}

async function reaches(t: TestApp, task: Task, options: ConformanceOptions, sentTo?: string): Promise<void> {
  const params = paramsFor(task, options) as never;
  const { queue: own, domain } = t.app.config.task(task.name);
  const { queue = own } = sentTo === undefined ? {} : bare(sentTo, domain);
  const how = sentTo === undefined ? {} : { queue };
  const { id } = await t.app.enqueueByName(task.name as never, params, how);
  assert.deepEqual(
    t.enqueued().map((job) => [job.id, job.queue]),
    [[id, queue]],
    "one job, in its task's queue",
  );
  const { monitor = OWN_MONITOR } = t.app.config;
  const others = t.app.queues.filter((name) => name !== monitor && name !== routedQueue(queue, domain));
  for (const name of others)
    assert.equal((await (await t.app.queue(name)).stats()).ready.n, 0, `queue ${name} is empty`);
  assert.deepEqual(await reported(t, monitor), [`job.enqueued ${id}`]);
}

/** The queue to enqueue into, so that a task with a domain arrives in `name`. */
function bare(name: string, domain: string | undefined): { readonly queue: string } {
  const end = `__${domain}`;
  return { queue: domain !== undefined && name.endsWith(end) ? name.slice(0, -end.length) : name };
}

async function passes(t: TestApp, task: Task, options: ConformanceOptions): Promise<void> {
  await t.app.enqueueByName(task.name as never, paramsFor(task, options) as never);
  const outcomes = await t.runAll();
  assert.deepEqual(
    outcomes.map((outcome) => [outcome.task, outcome.status]),
    [[task.name, "succeeded"]],
  );
}

async function joins(t: TestApp, options: ConformanceOptions): Promise<void> {
  const members = t.app.tasks.tasks.map((task) => step(task, paramsFor(task, options)));
  if (members.length === 0) return;
  const [last] = t.app.tasks.tasks.slice(-1);
  assert.ok(last !== undefined);
  const { lastId } = await t.app.start(chain([group(members), step(last, paramsFor(last, options))]));
  const outcomes = await t.runAll();
  assert.equal(outcomes.length, members.length + 1, "each member and what follows ran once");
  assert.equal(outcomes.at(-1)?.task, last.name);
  const { queue, domain } = t.app.config.task(last.name);
  assert.equal(outcomes.at(-1)?.queue, routedQueue(queue, domain), "what follows went to its own queue");
  const { monitor = OWN_MONITOR } = t.app.config;
  const expected = (await reported(t, monitor)).filter((event) => event === `job.enqueued ${lastId}`);
  assert.equal(expected.length, 1, "the monitor got one event about what follows");
  assert.equal((await t.app.results?.get(lastId))?.status, "succeeded", "the last value is kept");
}

/** Events in the queue of the monitor, as `type id`. */
async function reported(t: TestApp, monitor: string): Promise<readonly string[]> {
  await t.clock.advance(1_000);
  const { messages } = await (await t.app.queue(monitor)).peek({ state: "ready", limit: 100 });
  return messages
    .flatMap(({ body }) => (JSON.parse(body) as { params: { events: HistoryEvent[] } }).params.events)
    .map((event) => ("job" in event ? `${event.type} ${event.job.id}` : event.type));
}

function paramsFor(task: Task, { samples = {} }: ConformanceOptions): Record<string, unknown> {
  return { ...(samples[task.name] ?? sampleParams(task)) };
}

const SAMPLES: Readonly<Record<Exclude<ParamKind, "enum">, unknown>> = {
  string: "a",
  number: 1.5,
  integer: 1,
  boolean: true,
  null: null,
  array: [],
  object: {},
  any: null,
};

/**
 * Parameters that fit the types in a task's signature. A stricter schema may still refuse them; then the test has to
 * provide samples.
 */
function sampleParams(task: Task): Record<string, unknown> {
  const required = task.signature.params.filter(({ isOptional }) => !isOptional);
  return Object.fromEntries(
    required.map(({ name, kind, values }) => [name, kind === "enum" ? values?.[0] : SAMPLES[kind]]),
  );
}
