import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import type { Broker, BrokerConsumer, Delivery, ResultStore } from "../../src/entries/broker.ts";
import { seededRandom } from "../../src/entries/testing.ts";
import {
  type App,
  chain,
  createApp,
  defineTask,
  FatalError,
  handle,
  type JobContext,
  step,
  type Task,
} from "../../src/index.ts";
import { createVirtualClock, type VirtualClock } from "../../src/runtime/virtual-clock.ts";
import type { JobKind, Step, WorkerKind } from "./situation-steps.ts";
import { type ModelJob, type ModelWorker, RATE_MS, Truth } from "./situation-truth.ts";

const LEASE_MS = 120_000;
const OPTIONS = { queue: "work", maxAttempts: 2, backoff: 45_000 } as const;

const plain = defineTask("plain", { n: "number" }, OPTIONS);
const rare = defineTask("rare", { n: "number" }, OPTIONS);
const counted = defineTask("counted", { n: "number" }, { ...OPTIONS, concurrency: 1 });
const rated = defineTask("rated", { n: "number" }, { ...OPTIONS, ratePerSecond: 1_000 / RATE_MS });
const old = defineTask("plain", { m: "number" }, OPTIONS);

const TASKS: Readonly<Record<WorkerKind, readonly Task<string, { n: number }, { n: number }>[]>> = {
  all: [plain, rare, counted, rated],
  common: [plain, counted, rated],
  counted: [counted],
  rated: [rated],
};

/** A run of a handler that waits until a step ends it. */
interface WaitingRun {
  readonly by: ModelWorker;
  end(as: "success" | "failure" | "death"): void;
}

/** Does steps on real apps that share a storage, and keeps the truth beside. */
export class SituationWorld {
  readonly clock: VirtualClock = createVirtualClock();
  readonly truth = new Truth();
  readonly asker: App;
  readonly #storage = createMemoryStorage({ clock: this.clock });
  readonly #results = memoryResults({ clock: this.clock });
  readonly #runtime = { clock: this.clock, random: seededRandom(1) };
  readonly #apps: App[] = [];
  readonly #runs: WaitingRun[] = [];
  readonly #earlier: App;

  constructor() {
    this.asker = this.#createApp({ tasks: TASKS.all });
    this.#earlier = this.#createApp({ tasks: [old] });
  }

  async do(next: Step): Promise<void> {
    const { truth, clock } = this;
    switch (next.type) {
      case "enqueue":
        return this.#enqueue(next.job, next.priority, next.delayMs);
      case "chain":
        return this.#chain();
      case "start":
        return this.#start(next.kind, next.concurrency);
      case "stop":
        void truth.workers.at(next.worker % Math.max(1, truth.workers.length))?.worker.stop();
        return clock.advance(1_000);
      case "kill":
        return this.#kill(truth.workers.at(next.worker % Math.max(1, truth.workers.length)));
      case "finish": {
        const [run] = this.#runs.splice(next.run % Math.max(1, this.#runs.length), 1);
        run?.end(next.as);
        return clock.advance(100);
      }
      case "cancel":
        return this.#cancel(truth.jobs.at(next.job % truth.jobs.length));
      case "pause":
        truth.isPaused = true;
        return this.asker.pause("work");
      case "resume":
        truth.isPaused = false;
        await this.asker.resume("work");
        return clock.advance(100);
      case "pass":
        return clock.advance(next.ms);
    }
  }

  async close(): Promise<void> {
    // A killed one would wait for ever for its broker.
    const living = this.truth.workers.filter(({ killedAt }) => killedAt === undefined);
    this.#apps.push(...living.map(({ app }) => app));
    for (const run of this.#runs) run.end("success");
    const closed = Promise.all(this.#apps.map((app) => app.close()));
    await this.clock.advance(60_000);
    await closed;
  }

  async #enqueue(kind: JobKind, priority: number, delayMs: number): Promise<void> {
    const options = { priority, delayMs };
    const task = { plain, rare, counted, rated }[kind === "old" ? "plain" : kind];
    const { id } =
      kind === "old"
        ? await this.#earlier.enqueue(old, { m: 1 }, options)
        : await this.asker.enqueue(task, { n: 1 }, options);
    this.#add(id, { kind, priority, dueAt: this.clock.now() + delayMs });
    // Jobs of one priority with one due time have no order that can be asked for.
    await this.clock.advance(100);
  }

  #add(id: string, about: Pick<ModelJob, "kind" | "priority" | "dueAt">, after?: ModelJob): ModelJob {
    const job: ModelJob = {
      id,
      ...about,
      isSent: after === undefined,
      waitsFor: "time",
      end: undefined,
      isCancelled: false,
      lease: undefined,
      startedAt: undefined,
      after,
    };
    this.truth.jobs.push(job);
    return job;
  }

  async #chain(): Promise<void> {
    const { stepIds } = await this.asker.start(chain([step(plain, { n: 1 }), step(plain, { n: 2 })]));
    const [first = "", second = ""] = stepIds;
    const about = { kind: "plain", priority: 0, dueAt: this.clock.now() } as const;
    this.#add(second, about, this.#add(first, about));
    await this.clock.advance(100);
  }

  async #start(kind: WorkerKind, concurrency: number): Promise<void> {
    let own: ModelWorker | undefined;
    const isKilled = () => own?.killedAt !== undefined;
    const act = (_: unknown, ctx: JobContext) => this.#wait(own, ctx);
    const broker = memory({ storage: this.#storage });
    const app = createApp({
      runtime: this.#runtime,
      tasks: TASKS[kind],
      handlers: TASKS[kind].map((task) => handle(task, act)),
      broker: this.#watch(broker, () => own),
      results: stalling(this.#results, isKilled),
      observers: [(event) => own && this.truth.observe(event, own)],
    });
    const settings = { concurrency, leaseMs: LEASE_MS, shutdownTimeoutMs: 3_600_000 };
    const worker = app.worker({ ownsProcess: false, ...settings });
    own = { app, worker, kind, concurrency, killedAt: undefined, ratedAt: Number.NEGATIVE_INFINITY };
    this.truth.workers.push(own);
    void worker.run();
    await this.clock.advance(100);
  }

  async #kill(worker: ModelWorker | undefined): Promise<void> {
    if (worker === undefined || worker.killedAt !== undefined || worker.worker.state === "stopped") return;
    worker.killedAt = this.clock.now();
    this.#runs.splice(0, this.#runs.length, ...this.#runs.filter(({ by }) => by !== worker));
    // Until its last heartbeat is forgotten, nobody can know that it is gone.
    await this.clock.advance(31_000);
  }

  async #cancel(job: ModelJob | undefined): Promise<void> {
    if (job === undefined || job.end !== undefined || job.after !== undefined) return;
    const { status } = await this.asker.cancel(job.id);
    if (status === "removed") job.end = "cancelled";
    job.isCancelled = true;
    await this.clock.advance(100);
  }

  #wait(by: ModelWorker | undefined, { signal }: JobContext): Promise<string> {
    return new Promise((resolve, reject) => {
      if (by === undefined) return;
      const run: WaitingRun = {
        by,
        end(as) {
          if (as === "success") resolve("done");
          else reject(as === "death" ? new FatalError("never") : new Error("no luck"));
        },
      };
      this.#runs.push(run);
      signal.addEventListener("abort", () => {
        this.#runs.splice(0, this.#runs.length, ...this.#runs.filter((one) => one !== run));
        reject(signal.reason);
      });
    });
  }

  /** Notes who gets which job. A killed worker asks and says nothing any more. */
  #watch(broker: Broker, worker: () => ModelWorker | undefined): Broker {
    const isKilled = () => worker()?.killedAt !== undefined;
    const { kind, reach, openQueue, close } = broker;
    return {
      kind,
      reach,
      openQueue: (name) => openQueue(name),
      close: () => close(),
      openConsumer: async (name, options) =>
        this.#watchConsumer(await broker.openConsumer(name, options), worker, isKilled),
    };
  }

  #watchConsumer(
    consumer: BrokerConsumer,
    worker: () => ModelWorker | undefined,
    isKilled: () => boolean,
  ): BrokerConsumer {
    const jobOf = ({ messageId }: Delivery) => this.truth.find(messageId);
    const until = (leaseUntil: number) => leaseUntil + this.clock.now() - this.clock.monotonic();
    return {
      queue: consumer.queue,
      capabilities: consumer.capabilities,
      receive: async (options) => {
        if (isKilled()) return never();
        const received = await consumer.receive(options);
        const by = worker();
        for (const delivery of received) {
          const job = jobOf(delivery);
          if (job === undefined || by === undefined) continue;
          job.lease = { by, at: this.clock.now(), until: until(delivery.leaseUntil) };
          job.startedAt = undefined;
        }
        return isKilled() ? never() : received;
      },
      extend: async (deliveries, leaseMs, options) => {
        if (isKilled()) return never();
        const results = await consumer.extend(deliveries, leaseMs, options);
        results.forEach((result, index) => {
          const lease = deliveries[index] && jobOf(deliveries[index])?.lease;
          if (result.status === "extended" && lease !== undefined && lease.by === worker())
            lease.until = until(result.leaseUntil);
        });
        return results;
      },
      settle: async (settlements, options) => {
        if (isKilled()) return never();
        const results = await consumer.settle(settlements, options);
        results.forEach((result, index) => {
          const job = settlements[index] && jobOf(settlements[index].delivery);
          if (result.status !== "settled" || job === undefined) return;
          job.lease = undefined;
          job.startedAt = undefined;
        });
        return results;
      },
      close: () => consumer.close(),
    };
  }

  #createApp(options: Omit<Parameters<typeof createApp>[0], "runtime">): App {
    const app = createApp({
      broker: memory({ storage: this.#storage }),
      results: stalling(this.#results, () => false),
      runtime: this.#runtime,
      ...options,
    });
    this.#apps.push(app);
    return app;
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

/** The same store for each app. What a killed process writes does not arrive. */
function stalling(results: ResultStore, isKilled: () => boolean): ResultStore {
  const unless = <T>(call: () => Promise<T>): Promise<T> => (isKilled() ? never() : call());
  const { coordination, kind, reach } = results;
  return {
    kind,
    reach,
    coordination: {
      put: (entry, ttlMs) => unless(() => coordination.put(entry, ttlMs)),
      claim: (entry, ttlMs) => unless(() => coordination.claim(entry, ttlMs)),
      list: (set) => unless(() => coordination.list(set)),
      count: (set) => unless(() => coordination.count(set)),
      remove: (set, name) => unless(() => coordination.remove(set, name)),
    },
    put: (result, ttlMs) => unless(() => results.put(result, ttlMs)),
    get: (id) => unless(() => results.get(id)),
    prune: async () => 0,
    close: async () => {},
  };
}
