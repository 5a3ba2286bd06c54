import { type AppOptions, createApp, defineTask, handle, type JobContext, type Task } from "@jobs/core";
import type { Job } from "bullmq";
import { createRedisBroker } from "../src/create-broker.ts";
import { type RedisOptions, redisResults } from "../src/index.ts";
import type { BullmqVersion } from "./bullmq-versions.ts";
import { RedisWorld } from "./redis-world.ts";

/** The queue of plain jobs, and its task. */
export const MAIL = "mail";
export const sendEmail = defineTask(
  "send_email",
  { to: "string", n: "number?" },
  { queue: MAIL, maxAttempts: 3, backoff: 50 },
);

/** What a handler was called with. */
interface Call {
  readonly params: unknown;
  readonly ctx: JobContext;
}

/** An app of ours and BullMQ's own classes on one queue of plain jobs. */
export class SharedQueue implements AsyncDisposable {
  readonly world: RedisWorld;
  readonly calls: Call[] = [];
  readonly #opened: { close(): Promise<unknown> }[] = [];
  handler: (params: { readonly to: string }, ctx: JobContext) => unknown = () => ({ sent: true });

  readonly #version: BullmqVersion;

  private constructor(world: RedisWorld, version: BullmqVersion) {
    this.world = world;
    this.#version = version;
  }

  static async open(url: string, version: BullmqVersion): Promise<SharedQueue> {
    return new SharedQueue(await RedisWorld.open(url, { load: version.load }), version);
  }

  /** Our broker, on the same version of BullMQ as the other side. */
  broker(more: RedisOptions = {}) {
    const { url, prefix } = this.world;
    const options = { url, prefix, codecs: { [MAIL]: "bullmq" }, sweepMs: 100, onWarning: () => {} } as const;
    return createRedisBroker({ ...options, ...more }, this.#version.load);
  }

  app(options: Partial<AppOptions<readonly Task[]>> = {}) {
    const run = (params: { readonly to: string }, ctx: JobContext) => {
      this.calls.push({ params, ctx });
      return this.handler(params, ctx);
    };
    return this.#keep(
      createApp({
        broker: this.broker(),
        tasks: [sendEmail],
        handlers: [handle(sendEmail, run)],
        ...options,
      }),
    );
  }

  /** Our worker, until nothing is left to do. */
  async drain() {
    return this.app()
      .worker({ ownsProcess: false, until: { type: "drained" } })
      .run();
  }

  get queue() {
    return this.#keep(new this.#version.bullmq.Queue(MAIL, this.#connection));
  }

  get events() {
    return this.#keep(new this.#version.bullmq.QueueEvents(MAIL, { ...this.#connection, lastEventId: "0" }));
  }

  get flows() {
    return this.#keep(new this.#version.bullmq.FlowProducer(this.#connection));
  }

  worker(run: (job: Job) => Promise<unknown>) {
    return this.#keep(new this.#version.bullmq.Worker(MAIL, run, this.#connection));
  }

  get results() {
    const { url, prefix } = this.world;
    return redisResults({ url, prefix });
  }

  get #connection() {
    const { url, prefix } = this.world;
    return { connection: { url, maxRetriesPerRequest: null }, prefix };
  }

  #keep<T extends { close(): Promise<unknown> }>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#opened.reverse()) await one.close();
    await this.world[Symbol.asyncDispose]();
  }
}
