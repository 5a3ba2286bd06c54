import {
  type App,
  createApp,
  defineTask,
  type EnqueueOptions,
  FatalError,
  handle,
  type TaskOptions,
  type WorkerOptions,
} from "@jobs/core";
import { type Broker, type Capabilities, encodeEnvelope } from "@jobs/core/broker";
import type { JobExplanation, QueueExplanation } from "@jobs/core/runtime";
import type { ExpectStatic } from "vitest";
import type { ServiceWorld } from "../services/describe-services.ts";

/** The queue of all jobs here. */
const QUEUE = "work";

/** What a handler does: it returns, fails, fails for good, or waits until {@link ExplanationStage.release}. */
export type Deed = "return" | "fail" | "die" | "wait";

/** How long a cause may take to be seen by others, in ms: a heartbeat comes each ten seconds. */
const SEEN_MS = 15_000;

/** The longest pause of a retry here, in ms: longer than a test. */
const LATER_MS = 60_000;

const HOUR_MS = 3_600_000;

/** The task of the jobs that are asked about. */
export function workTask(options: TaskOptions = {}) {
  return defineTask(
    "work",
    { do: "string" },
    { queue: QUEUE, maxAttempts: 2, backoff: LATER_MS, ...options },
  );
}

/** The task of the jobs beside them. */
const beside = defineTask("beside", { do: "string" }, { queue: QUEUE });

/** The task of an earlier release: its jobs have another signature. */
const earlierWork = defineTask("work", { did: "string" }, { queue: QUEUE });

const work = workTask();

/** Which tasks a worker of the stage runs, and how. */
export interface StageWorker extends WorkerOptions {
  /** Options of the task `work`; `false`: the worker has no such task. */
  readonly work?: TaskOptions | false;
  /** Whether it has the task `beside`. Default true. */
  readonly hasBeside?: boolean;
}

/** Apps on one storage, each with a broker of its own, as separate processes have. */
export class ExplanationStage {
  /** Who asks. It runs nothing. */
  readonly asker: App;
  readonly capabilities: Capabilities;
  readonly #world: ServiceWorld;
  readonly #expect: ExpectStatic;
  readonly #broker: Broker;
  readonly #apps: App[] = [];
  readonly #waiting: (() => void)[] = [];
  #started = 0;

  private constructor(
    world: ServiceWorld,
    expect: ExpectStatic,
    broker: Broker,
    [asker, capabilities]: readonly [App, Capabilities],
  ) {
    this.#world = world;
    this.#expect = expect;
    this.#broker = broker;
    this.asker = asker;
    this.capabilities = capabilities;
    this.#apps.push(asker);
  }

  /** @param expect that of the test which uses the stage */
  static async open(world: ServiceWorld, expect: ExpectStatic): Promise<ExplanationStage> {
    const broker = await world.openBroker();
    const asker = createApp({
      broker,
      results: await world.openResults(),
      ...(world.openHistory && { history: await world.openHistory() }),
      queuePrefix: world.queuePrefix,
      tasks: [work, beside],
    });
    const { capabilities } = await asker.queue(QUEUE);
    return new ExplanationStage(world, expect, broker, [asker, capabilities]);
  }

  /** Whether the broker shows waiting jobs. */
  get isOpen(): boolean {
    return this.capabilities.peek === true;
  }

  /** Whether a history store knows of the jobs. */
  get hasHistory(): boolean {
    return this.#world.openHistory !== undefined;
  }

  async enqueue(deed: Deed, options: EnqueueOptions = {}): Promise<string> {
    return (await this.asker.enqueue(work, { do: deed }, options)).id;
  }

  async enqueueBeside(deed: Deed, options: EnqueueOptions = {}): Promise<string> {
    return (await this.asker.enqueue(beside, { do: deed }, options)).id;
  }

  /** A job as an earlier release has sent it. */
  async enqueueEarlier(): Promise<string> {
    const app = await this.#createApp([earlierWork], []);
    return (await app.enqueue(earlierWork, { did: "return" })).id;
  }

  /** Whether producers can say which signatures they know. */
  get hasAnnouncements(): boolean {
    return this.#broker.coordination !== undefined;
  }

  /** A job of an hour ago, of a release that has announced itself then, and has no process any more. */
  async enqueueGone(): Promise<string> {
    const tasks = [{ name: earlierWork.name, sig: earlierWork.signature.fingerprint }];
    const value = JSON.stringify({ tasks, seenAt: Date.now() - HOUR_MS });
    const set = `${this.#world.queuePrefix}past-signatures`;
    await this.#broker.coordination?.put({ set, name: "gone", value }, 60_000);
    const enqueuedAt = new Date(Date.now() - HOUR_MS).toISOString();
    const id = "gone-1";
    const body = encodeEnvelope({
      ...{ v: 1, task: earlierWork.name, params: { did: "return" }, id, enqueuedAt },
      sig: earlierWork.signature.fingerprint,
    });
    const queue = await this.asker.queue(QUEUE);
    this.#expect(await queue.send([{ id, label: earlierWork.name, body }])).toMatchObject([
      { status: "sent" },
    ]);
    return id;
  }

  /** Starts a worker and resolves when it has written its first heartbeat. */
  async start({ work: workOptions = {}, hasBeside = true, ...options }: StageWorker = {}): Promise<App> {
    const task = workOptions === false ? [] : [workTask(workOptions)];
    const act = (params: { readonly do: string }) => this.#act(params.do as Deed);
    const app = await this.#createApp(
      [...task, ...(hasBeside ? [beside] : [])],
      [...task.map((one) => handle(one, act)), ...(hasBeside ? [handle(beside, act)] : [])],
    );
    const identity = `stage:${++this.#started}:w`;
    const worker = app.worker({ ownsProcess: false, identity, ...options });
    const running = worker.run();
    const seen = this.#expect
      .poll(async () => (await this.asker.workers()).map((one) => one.worker), { timeout: SEEN_MS })
      .toContain(identity);
    // A worker that cannot start rejects.
    await Promise.race([seen, running]);
    return app;
  }

  /** Works until so many jobs have been settled. */
  async work(jobs: number): Promise<void> {
    const task = workTask();
    const act = (params: { readonly do: string }) => this.#act(params.do as Deed);
    const app = await this.#createApp([task, beside], [handle(task, act), handle(beside, act)]);
    await app.worker({ ownsProcess: false, until: { type: "settled", jobs } }).run();
    await app.close();
  }

  /** Starts a worker whose only slot is taken. Resolves when its handler waits. */
  async startBusy(worker: StageWorker = {}): Promise<App> {
    await this.enqueueBeside("wait");
    const before = this.#waiting.length;
    const app = await this.start({ concurrency: 1, ...worker });
    await this.handlersWait(before + 1);
    return app;
  }

  /** Resolves when so many handlers wait. */
  async handlersWait(count: number): Promise<void> {
    await this.#expect.poll(() => this.#waiting.length, { timeout: SEEN_MS }).toBeGreaterThanOrEqual(count);
  }

  /** Announces a worker that lives, and has not asked for jobs yet. */
  async announceIdle(): Promise<void> {
    const { coordination } = await this.#world.openResults();
    const sig = work.signature.fingerprint;
    const [worker, now] = ["idle:1:w", Date.now()];
    const state = {
      state: "running",
      isReady: true,
      running: 0,
      jobs: [],
      delayed: 0,
      concurrency: 5,
      settled: 0,
    };
    const about = { queues: [QUEUE], tasks: [{ name: work.name, sig }], startedAt: now, seenAt: now };
    const value = JSON.stringify({ worker, ...state, ...about, node: process.version });
    await coordination.put({ set: `${this.#world.queuePrefix}workers`, name: worker, value }, 60_000);
  }

  /** Takes a job as a worker that nobody sees any more. */
  async leaseToNobody(): Promise<void> {
    const full = `${this.#world.queuePrefix}${QUEUE}`;
    const consumer = await this.#broker.openConsumer(full, { leaseMs: 60_000, holder: "gone:1:x" });
    const received = await consumer.receive({ max: 1, waitMs: 5_000, signal: new AbortController().signal });
    this.#expect(received).toHaveLength(1);
  }

  /** Lets all handlers that wait return. */
  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  /** The first answer about a job that has this cause. The next one may have another cause. */
  why(id: string, cause: JobExplanation["cause"]): Promise<JobExplanation> {
    return this.#firstOf(() => this.asker.why(id), cause);
  }

  /** The first answer about the queue that has this cause. */
  whyQueue(cause: QueueExplanation["cause"]): Promise<QueueExplanation> {
    return this.#firstOf(() => this.asker.whyQueue(QUEUE), cause);
  }

  async close(): Promise<void> {
    this.release();
    for (const app of this.#apps.reverse()) await app.close();
    await this.#world.dispose();
  }

  async #firstOf<A extends { readonly cause: string }>(ask: () => Promise<A>, cause: A["cause"]): Promise<A> {
    let answer: A | undefined;
    const causeNow = async () => {
      answer = await ask();
      return answer.cause;
    };
    await this.#expect.poll(causeNow, { timeout: SEEN_MS }).toBe(cause);
    return answer!;
  }

  async #act(deed: Deed): Promise<string> {
    if (deed === "fail") throw new Error("no luck");
    if (deed === "die") throw new FatalError("never");
    if (deed === "wait") await new Promise<void>((go) => this.#waiting.push(go));
    return "done";
  }

  async #createApp(
    tasks: Parameters<typeof createApp>[0]["tasks"],
    handlers: NonNullable<Parameters<typeof createApp>[0]["handlers"]>,
  ): Promise<App> {
    const { queuePrefix } = this.#world;
    const [broker, results] = [await this.#world.openBroker(), await this.#world.openResults()];
    // A broker may have no dead letters. The setting changes nothing on the others.
    const app = createApp({
      broker,
      results,
      ...(this.#world.openHistory && { history: await this.#world.openHistory() }),
      queuePrefix,
      tasks,
      handlers,
      worker: { onExhausted: "drop" },
    });
    this.#apps.push(app);
    return app;
  }
}
