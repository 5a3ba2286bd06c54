import {
  type App,
  chain,
  createApp,
  createMonitor,
  defineTask,
  type Flow,
  group,
  handle,
  step,
} from "@jobs/core";
import type { Broker, HistoryEvent, HistoryStore, ResultStore } from "@jobs/core/broker";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { describe, expect, it } from "vitest";

/** Fresh storage for one test, in real time. */
export interface ServiceWorld {
  /** A broker on this storage. Each call stands for another process. */
  openBroker(): Broker | Promise<Broker>;
  /** A result store. Each call stands for another process. */
  openResults(): ResultStore | Promise<ResultStore>;
  /** A history store, for `describeExplanations`. Each call stands for another process. Default: none. */
  openHistory?(): HistoryStore | Promise<HistoryStore>;
  /**
   * Prefix of the queues `work` and `monitor` that the tests use. They exist already if queues must exist beforehand.
   */
  readonly queuePrefix: string;
  dispose(): Promise<void> | void;
}

/** What {@link describeServices} tests. */
export interface ServicesUnderTest {
  /** Name of broker and result store in test titles. */
  readonly name: string;
  readonly createWorld: () => Promise<ServiceWorld> | ServiceWorld;
  /** How long one test may take, in ms. Default 20,000. */
  readonly timeoutMs?: number;
}

const ROUTES = { queue: "work" } as const;
const a = defineTask("a", { x: "number" }, ROUTES);
const b = defineTask("b", { y: "number", sum: "number?" }, { ...ROUTES, maxAttempts: 1 });
const c = defineTask("c", { all: "any" }, ROUTES);

const checkOptions = optionsCheck<ServicesUnderTest>({
  name: required(optionRules.text),
  createWorld: required(optionRules.func),
  timeoutMs: optionRules.msAboveZero(),
});

/** Registers a vitest test for each of core's services that work alike on every broker. */
export function describeServices(options: ServicesUnderTest): void {
  checkOptions(options, "describeServices");
  const { name, createWorld, timeoutMs = 20_000 } = options;
  const service = (title: string, prove: (stage: Stage) => Promise<void>) =>
    it(
      title,
      async () => {
        const stage = await Stage.open(await createWorld());
        try {
          await prove(stage);
        } finally {
          await stage.close();
        }
      },
      timeoutMs,
    );

  describe(`${name}: services`, () => {
    service(
      "A, B and C of a chain run one after the other, each with the value of the one before [P12]",
      provesChain,
    );
    service("when B has failed for good after A, C never runs [P12]", provesBrokenChain);
    service("C runs once, after all jobs of a group, with their values in order [P12]", provesGroup);
    service("a paused queue gives no jobs until it is resumed [C22]", provesPause);
    service("a cancelled flow does not start, and its jobs leave their queue", provesCancel);
    service("events of producers and workers reach the monitor, each once [T7 T9]", provesMonitor);
  });
}

/** An app with a producer and a worker, and what its handlers were called with. */
class Stage {
  readonly app: App;
  readonly world: ServiceWorld;
  readonly runs: [string, unknown][] = [];
  failing: string | undefined;

  private constructor(world: ServiceWorld, broker: Broker, results: ResultStore) {
    this.world = world;
    const ran = <Value>(task: string, params: unknown, value: Value): Value => {
      this.runs.push([task, params]);
      if (this.failing === task) throw new Error(`${task} fails`);
      return value;
    };
    this.app = createApp({
      broker,
      results,
      queuePrefix: world.queuePrefix,
      monitor: "monitor",
      // A broker may have no dead letters. The setting changes nothing on the others.
      worker: { onExhausted: "drop" },
      tasks: [a, b, c],
      handlers: [
        handle(a, (params) => ran("a", params, { value: params.x })),
        handle(b, (params) => ran("b", params, params.y + (params.sum ?? 0))),
        handle(c, (params) => ran("c", params, "end")),
      ],
    });
  }

  static async open(world: ServiceWorld): Promise<Stage> {
    return new Stage(world, await world.openBroker(), await world.openResults());
  }

  /** Starts a flow and works until `settled` jobs have been. */
  async work(flow: Flow, settled: number): Promise<string> {
    const { lastId } = await this.app.start(flow);
    await this.app.worker({ ownsProcess: false, until: { type: "settled", jobs: settled } }).run();
    return lastId;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.world.dispose();
  }
}

async function provesChain(stage: Stage): Promise<void> {
  const steps = [
    step(a, { x: 1 }),
    step(b, { y: 2 }, { takes: { sum: "value" } }),
    step(c, {}, { takes: { all: "." } }),
  ];
  const lastId = await stage.work(chain(steps), 3);
  expect(stage.runs).toEqual([
    ["a", { x: 1 }],
    ["b", { y: 2, sum: 1 }],
    ["c", { all: 3 }],
  ]);
  expect(await stage.app.results?.get(lastId)).toMatchObject({ status: "succeeded", value: "end" });
}

async function provesBrokenChain(stage: Stage): Promise<void> {
  stage.failing = "b";
  await stage.work(chain([step(a, { x: 1 }), step(b, { y: 2 }), step(c, { all: 0 })]), 2);
  expect(stage.runs.map(([task]) => task)).toEqual(["a", "b"]);
  const stats = await (await stage.app.queue("work")).stats();
  expect([stats.ready.n, stats.delayed.n, stats.leased.n]).toEqual([0, 0, 0]);
}

async function provesGroup(stage: Stage): Promise<void> {
  const members = Array.from({ length: 12 }, (_, x) => step(a, { x }));
  await stage.work(chain([group(members), step(c, {}, { takes: { all: "." } })]), 13);
  expect(stage.runs).toHaveLength(13);
  expect(stage.runs.at(-1)).toEqual(["c", { all: members.map((_, value) => ({ value })) }]);
}

async function provesPause({ app, runs }: Stage): Promise<void> {
  await app.pause("work");
  expect(await app.stats("work")).toMatchObject({ isPaused: true });
  await app.enqueue(a, { x: 1 });
  await app.worker({ ownsProcess: false, until: { type: "idle", forMs: 1_000 } }).run();
  expect(runs).toEqual([]);
  await app.resume("work");
  expect(await app.stats("work")).toMatchObject({ isPaused: false });
  await app.worker({ ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
  expect(runs).toEqual([["a", { x: 1 }]]);
}

async function provesCancel({ app, runs }: Stage): Promise<void> {
  const { id } = await app.start(group([step(a, { x: 1 }), step(a, { x: 2 })]));
  await app.cancel(id);
  await app.enqueue(b, { y: 1 });
  await app.worker({ ownsProcess: false, until: { type: "settled", jobs: 3 } }).run();
  expect(runs).toEqual([["b", { y: 1 }]]);
}

async function provesMonitor(stage: Stage): Promise<void> {
  await stage.work(chain([step(a, { x: 1 }), step(b, { y: 2 })]), 2);
  await stage.app.close();
  const events: HistoryEvent[] = [];
  const sink = {
    kind: "test",
    write: async (batch: readonly HistoryEvent[]) => void events.push(...batch),
    close: async () => {},
  };
  const { queuePrefix } = stage.world;
  await using monitor = createMonitor({ broker: await stage.world.openBroker(), sink, queuePrefix });
  const worker = monitor.worker({ ownsProcess: false, onExhausted: "drop" });
  const working = worker.run();
  const has = (type: string) => events.some((event) => event.type === type);
  await expect.poll(() => has("worker.stopped"), { timeout: 15_000 }).toBe(true);
  await Promise.all([worker.stop(), working]);
  const tasks = events.flatMap((event) => ("job" in event ? [`${event.type} ${event.job.task}`] : []));
  expect(tasks.sort()).toEqual([
    "job.enqueued a",
    "job.enqueued b",
    "job.started a",
    "job.started b",
    "job.succeeded a",
    "job.succeeded b",
  ]);
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
}
