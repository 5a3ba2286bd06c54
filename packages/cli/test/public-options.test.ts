import { memory, memoryResults } from "@jobs/adapter-memory";
import { redis } from "@jobs/adapter-redis";
import * as conformance from "@jobs/broker-conformance";
import * as core from "@jobs/core";
import * as coreBroker from "@jobs/core/broker";
import * as coreConfig from "@jobs/core/config";
import * as coreRuntime from "@jobs/core/runtime";
import * as coreTask from "@jobs/core/task";
import * as coreTesting from "@jobs/core/testing";
import * as host from "@jobs/host";
import { describe, expect, it } from "vitest";
import { ADAPTER_DOORS, ADAPTERS, type Door, type Loose } from "./adapter-doors.ts";
import { OTHER_DOORS, OTHERS } from "./other-doors.ts";
import { QUEUE_DOORS } from "./queue-doors.ts";

const { createApp, defineTask } = core;
const task = defineTask("work", { a: "number?" });
const app = () => createApp({ tasks: [task], broker: memory(), results: memoryResults() });
const sink = { kind: "s", write: async () => {}, close: async () => {} };
const program = { file: "worker.js", args: [] };

const envelope = {
  ...{ v: 1, task: "work", params: {}, id: "a", sig: "" },
  enqueuedAt: "2026-01-31T12:00:00.000Z",
};
const { schedules } = createApp({ tasks: [task], broker: memory(), storedSchedules: true });

/** Every function with named options; others are in `adapter-doors.ts`, `other-doors.ts` and `queue-doors.ts`. */
const DOORS: Readonly<Record<string, Door>> = {
  createApp: [
    (o) => createApp(o),
    { tasks: [task] },
    ["handlrs", "handlers"],
    {
      tasks: "work",
      handlers: {},
      broker: "sqlite",
      results: {},
      schedules: {},
      queuePrefix: 1,
      release: 1,
      monitor: {},
      routes: [],
      worker: "x",
      executor: {},
      around: {},
      observers: {},
      instrumentation: {},
      onError: "log",
      runtime: 1,
      settings: {},
    },
  ],
  "createApp worker": [
    (o) => createApp({ tasks: [task], worker: o }),
    {},
    ["concurency", "concurrency"],
    { concurrency: "10", until: { type: "once" } },
  ],
  "createApp runtime": [
    (o) => createApp({ tasks: [task], runtime: o }),
    {},
    ["loger", "logger"],
    { logger: {}, clock: 1, ids: "x", random: 1 },
  ],
  countSignatures: [
    async (o) => coreBroker.countSignatures(await createApp({ broker: memory(), tasks: [] }).queue("a"), o),
    {},
    ["sampel", "sample"],
    { states: ["waiting"], codecs: "celery", sample: 0, enqueuedBefore: "now", hasSteps: 1 },
  ],
  groupDeadLetters: [
    async (o) => {
      const deadApp = createApp({ broker: memory(), tasks: [] });
      return coreRuntime.groupDeadLetters(await deadApp.queue("a"), deadApp, o);
    },
    {},
    ["limt", "limit"],
    { by: ["queue"], filter: { task: 1 }, limit: 0 },
  ],
  retryDeadLetters: [
    (o) => coreRuntime.retryDeadLetters(createApp({ broker: memory(), tasks: [] }), "a", o).next(),
    {},
    ["chnge", "change"],
    { ids: "a", filter: { task: 1 }, limit: 0, isUnchecked: 1, change: {}, to: "a b", isDry: 1, stepSize: 0 },
  ],
  createMonitor: [
    (o) => core.createMonitor(o),
    { sink },
    ["quue", "queue"],
    { sink: {}, broker: {}, queue: 1, queuePrefix: 1, runtime: 1, settings: 1 },
  ],
  defineTask: [
    (o) => defineTask("t", {}, o),
    {},
    ["prioritty", "priority"],
    {
      queue: 1,
      maxAttempts: "3",
      timeoutMs: "5m",
      backoff: "1s..10m",
      nonRetryable: Error,
      priority: "1",
      domain: 1,
      concurrency: "1",
      ratePerSecond: "10/s",
      sharedRatePerSecond: "1",
      pollIntervalMs: "1s",
      isPaused: "yes",
      aliases: "old",
      compat: "loose",
      onMismatch: "drop",
      description: 1,
    },
  ],
  "defineTask backoff": [
    (backoff) => defineTask("t", {}, { backoff }),
    { type: "exponential", baseMs: 1, maxMs: 2 },
    ["jiter", "jitter"],
    { type: "linear", baseMs: "1s", maxMs: Number.NaN, jitter: "no" },
  ],
  defineSchedule: [
    (o) => core.defineSchedule("s", o),
    { cron: "* * * * *", task, params: {} },
    ["timezone", "timeZone"],
    { cron: 5, everyMs: "5m", timeZone: 1, task: "work", queue: 1, options: 1, catchUp: "some" },
  ],
  "defineSchedule options": [
    (options) => core.defineSchedule("s", { cron: "* * * * *", task, params: {}, options }),
    {},
    ["delay", "delayMs"],
    { priority: "1", headers: { a: 1 }, id: "fixed" },
  ],
  "app.schedules.set": [
    (o) => schedules.set("s", o),
    { cron: "* * * * *", task, params: {} },
    ["option", "options"],
    { cron: 5, everyMs: "5m", timeZone: 1, task: "work", queue: 1, options: 1, catchUp: "some" },
  ],
  "app.schedules.set options": [
    (options) => schedules.set("s", { cron: "* * * * *", task, params: {}, options }),
    {},
    ["prioritty", "priority"],
    { priority: "1", headers: { a: 1 }, id: "fixed" },
  ],
  step: [(o) => core.step(task, {}, o), {}, ["delay", "delayMs"], { delayMs: "5s", queue: 1, takes: "x" }],
  "app.enqueue": [
    (o) => app().enqueue(task, {}, o),
    {},
    ["delay", "delayMs"],
    {
      delayMs: "5s",
      at: "tomorrow",
      queue: 1,
      domain: 1,
      priority: 50,
      id: 7,
      groupKey: 1,
      maxAttempts: 0,
      expiresInMs: "1m",
      headers: { a: 1 },
    },
  ],
  "app.pause": [(o) => app().pause("work", o), {}, ["bye", "by"], { by: 1 }],
  "app.why": [(o) => app().why("an-id", o), {}, ["queue", "queues"], { queues: "work" }],
  "app.enqueueByName": [
    (o) => app().enqueueByName("work", {}, o),
    {},
    ["delay", "delayMs"],
    { delayMs: "5s" },
  ],
  "app.enqueueMany": [
    async (o) => {
      const [one] = await app().enqueueMany([[task, {}, o]]);
      if (one?.status === "refused") throw one.error;
    },
    {},
    ["expiresMs", "expiresInMs"],
    { priority: 10 },
  ],
  "app.start": [
    (o) => app().start(core.step(task, {}), o),
    {},
    ["header", "headers"],
    { id: 1, headers: [] },
  ],
  "app.result": [(o) => app().result("x", o), {}, ["wait", "waitMs"], { waitMs: "5s", signal: {} }],
  "app.worker": [
    (o) => app().worker(o),
    {},
    ["concurency", "concurrency"],
    {
      concurrency: "10",
      queues: "mail",
      leaseMs: "30s",
      until: { type: "settled" },
      ownsProcess: "no",
      identity: 1,
      isStrictOrder: 1,
      codecs: ["sidekiq"],
      onExhausted: "lose",
      isScheduling: "no",
    },
  ],
  "app.checkJobs": [
    (o) => app().checkJobs(o),
    {},
    ["sampel", "sample"],
    { queues: "mail", states: ["leased"], sample: 0, allowReceive: 1 },
  ],
  "app.rehearse": [
    (o) => app().rehearse(o),
    { envelope },
    ["failure", "failures"],
    { envelope: { ...envelope, id: 7 }, queue: 1, failures: "3", timeoutMs: Number.NaN },
  ],
  "app.with": [(o) => app().with(o), {}, ["handler", "handlers"], { handlers: {}, broker: "memory" }],
  "app.definition.with": [
    (o) => app().definition.with(o),
    {},
    ["brokr", "broker"],
    { broker: "memory", config: {}, results: {}, schedules: {}, runtime: 1 },
  ],
  ...ADAPTER_DOORS,
  ...OTHER_DOORS,
  ...QUEUE_DOORS,
  createHost: [
    (o) => host.createHost(o),
    { program },
    ["proceses", "processes"],
    { processes: "2", execArgv: "x", onEvent: 1, worker: 1, recycle: 1, program: "worker.js" },
  ],
  "createHost worker": [
    (worker) => host.createHost({ app: new URL("file:///x"), worker }),
    {},
    ["lease", "leaseMs"],
    { concurrency: "1", identity: "x" },
  ],
  "createHost recycle": [
    (recycle) => host.createHost({ app: new URL("file:///x"), recycle }),
    {},
    ["maxJob", "maxJobs"],
    { maxJobs: 0 },
  ],
  createThreads: [(o) => host.createThreads(o), {}, ["maxx", "max"], { max: "2", execArgv: 1 }],
  serveHost: [
    (o) => host.serveHost(o),
    { worker: { run: () => {}, stop: () => {} }, observe: () => {}, graceMs: 1, recycle: {} },
    ["mesure", "measure"],
    { worker: {}, observe: 1, graceMs: "1", recycle: 1, measure: 1 },
  ],
  watchRecycleLimits: [
    (o) =>
      host.watchRecycleLimits(
        o,
        () => () => {},
        () => {},
        { settled: 0 },
      ),
    {},
    ["maxJob", "maxJobs"],
    { maxJobs: "1" },
  ],
  describeBroker: [
    (o) => conformance.describeBroker(o),
    { name: "x", createHarness: () => {} },
    ["modelRun", "modelRuns"],
    { name: 1, createHarness: 1, timeoutMs: "1s" },
  ],
  ...Object.fromEntries(
    ["describeCoordination", "describeHistory", "describeResults"].map((name) => [
      name,
      [
        (o: Loose) => (conformance as Loose)[name](o),
        { name: "x", createHarness: () => {} },
        ["nam", "name"],
        { name: 1, createHarness: 1 },
      ],
    ]),
  ),
  describeServices: [
    (o) => conformance.describeServices(o),
    { name: "x", createWorld: () => {} },
    ["timeout", "timeoutMs"],
    { createWorld: 1 },
  ],
  describeExplanations: [
    (o) => conformance.describeExplanations(o),
    { name: "x", createWorld: () => {} },
    ["timeout", "timeoutMs"],
    { createWorld: 1 },
  ],
  runModel: [
    (o) => conformance.runModel(o),
    { createHarness: () => {}, seed: 1 },
    ["run", "runs"],
    { runs: "10", createHarness: 1 },
  ],
  virtualTime: [(o) => conformance.virtualTime(undefined, o), {}, ["tick", "tickMs"], { tickMs: "1s" }],
};

/** Their objects are made by this project alone, or by an adapter's author who is told by its types. */
const INTERNAL = [
  ...["isDelay", "delayForm", "checkDelay", "bindParams", "bindJob"],
  ...["createRuntime", "listenToStopSignals", "sqsCapabilities", "useOfId"],
  ...["listCursor", "totalsKey", "leftOf", "listenOn"],
  ...["deadKey", "groupDeadLetters", "acceptStored"],
  "startProject",
];

async function refusal(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    expect(error).toMatchObject({ name: "ConfigError", code: "invalid_config" });
    return `${(error as Error).message} ${(error as core.ConfigError).hint}`;
  }
  throw new Error("nothing was refused");
}

describe.each(Object.entries(DOORS))("the options of %s", (_, [call, needs, [slip, meant], wrong]) => {
  it("refuse a slip of the keyboard and say what was meant", async () => {
    expect(await refusal(() => call({ ...needs, [slip]: 1 }))).toMatch(
      `unknown option "${slip}". Did you mean "${meant}"?`,
    );
  });

  it("refuse what every object has as a name", async () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"]) {
      expect(await refusal(() => call({ ...needs, [name]: 1 }))).toContain(`unknown option "${name}"`);
    }
  });

  it.each(Object.entries(wrong))("refuse %s: %j, naming it", async (name, value) => {
    expect(await refusal(() => call({ ...needs, [name]: value }))).toContain(name);
  });

  it.each(Object.keys(needs))("refuse to do without %s", async (name) => {
    if (name === "params") return;
    expect(await refusal(() => call({ ...needs, [name]: undefined }))).toMatch(new RegExp(`needs .*${name}`));
  });

  it.each([null, true, "x", []].map((value) => [value]))("refuse %j in their place", async (value) => {
    expect(await refusal(() => call(value))).toMatch(/must be an? /);
  });
});

/** The head of a function or a method with a parameter called options, or a destructured one; a template as a default is neither. */
const TAKES_OPTIONS = /^(async )?(function\*? )?\w+\([^)]*(options|(?<!\$)\{)/;

/** What a module exports that can be called, static methods of its classes included. */
function calls(exports: object): readonly (readonly [name: string, call: unknown])[] {
  return Object.entries(exports).flatMap(([name, value]) =>
    typeof value === "function" && /^class\b/.test(String(value))
      ? Object.getOwnPropertyNames(value).map((method) => [`${name}.${method}`, value[method]] as const)
      : [[name, value] as const],
  );
}

it("no exported function takes options that are not looked at here", () => {
  const entries = [core, coreBroker, coreConfig, coreRuntime, coreTask, coreTesting];
  const packages = [...entries, ...ADAPTERS, host, conformance].map((one) => ["", one] as const);
  const seen = new Map<string, unknown>();
  const doors = [...packages, ...Object.entries(OTHERS)].flatMap(([label, one]) =>
    calls(one)
      .filter(([, call]) => typeof call === "function" && TAKES_OPTIONS.test(String(call)))
      .map(([name, call]) => {
        const isOther = seen.has(name) && seen.get(name) !== call;
        seen.set(name, seen.get(name) ?? call);
        return isOther && label !== "" ? `${label} ${name}` : name;
      }),
  );
  expect(doors).toEqual(
    expect.arrayContaining(["createProducer", "producer sqs", "JobsModule.forRoot", "testing/vitest fake"]),
  );
  expect(doors.filter((name) => !(name in DOORS) && !INTERNAL.includes(name))).toEqual([]);
});

it.each([
  { type: "settled", maxJobs: 5 },
  { type: "settled", jobs: 5, forMs: 1 },
  { type: "idle", forMs: "1s" },
  { type: "constructor" },
  "drained",
])("a worker does not take %j for the moment of its end", (until) => {
  expect(() => app().worker({ until: until as Loose })).toThrow("until must be");
});

it("a refused text is not quoted: it may be a password", async () => {
  const secret = "hunter2";
  expect(await refusal(() => redis({ connection: secret as Loose }))).not.toContain(secret);
  expect(await refusal(() => createApp({ tasks: [task], broker: secret as Loose }))).not.toContain(secret);
  expect(await refusal(() => app().enqueue(task, {}, { headers: secret as Loose }))).not.toContain(secret);
});
