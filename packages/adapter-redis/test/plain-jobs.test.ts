import {
  type AppOptions,
  chain,
  createApp,
  defineTask,
  handle,
  type JobContext,
  step,
  type Task,
} from "@jobs/core";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { FlowProducer, type Job, type JobsOptions, Queue, QueueEvents, Worker } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis, redisResults } from "../src/index.ts";
import { RedisWorld } from "./redis-world.ts";

const MAIL = "mail";
const sendEmail = defineTask(
  "send_email",
  { to: "string", n: "number?" },
  { queue: MAIL, maxAttempts: 3, backoff: 50 },
);

const note = defineTask("note", {});

/** What a handler was called with. */
interface Call {
  readonly params: unknown;
  readonly ctx: JobContext;
}

/** An app of ours and BullMQ's own classes on one queue of plain jobs. */
class SharedQueue implements AsyncDisposable {
  readonly world: RedisWorld;
  readonly calls: Call[] = [];
  readonly #opened: { close(): Promise<unknown> }[] = [];
  handler: (params: { readonly to: string }, ctx: JobContext) => unknown = () => ({ sent: true });

  private constructor(world: RedisWorld) {
    this.world = world;
  }

  static async open(url: string): Promise<SharedQueue> {
    return new SharedQueue(await RedisWorld.open(url));
  }

  app(options: Partial<AppOptions<readonly Task[]>> = {}) {
    const { url, prefix } = this.world;
    const run = (params: { readonly to: string }, ctx: JobContext) => {
      this.calls.push({ params, ctx });
      return this.handler(params, ctx);
    };
    return this.#keep(
      createApp({
        broker: redis({ url, prefix, codecs: { [MAIL]: "bullmq" }, sweepMs: 100, onWarning: () => {} }),
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
    return this.#keep(new Queue(MAIL, this.#connection));
  }

  get events() {
    return this.#keep(new QueueEvents(MAIL, { ...this.#connection, lastEventId: "0" }));
  }

  get flows() {
    return this.#keep(new FlowProducer(this.#connection));
  }

  worker(run: (job: Job) => Promise<unknown>) {
    return this.#keep(new Worker(MAIL, run, this.#connection));
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

describe.runIf(await hasRedis())("a queue of plain jobs of BullMQ", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describe("a job of BullMQ's producer, run by our worker", () => {
    /** Adds one, and runs it. */
    async function runOne(shared: SharedQueue, opts: JobsOptions = {}) {
      const job = await shared.queue.add("send_email", { to: "a@b.c" }, { jobId: "theirs", ...opts });
      const report = await shared.drain();
      return { job, report, kept: await shared.queue.getJob("theirs") };
    }

    it("has its data as parameters, and its value where BullMQ looks for it", async () => {
      await using shared = await SharedQueue.open(server.url);
      const { kept, report } = await runOne(shared);
      expect(report).toMatchObject({ succeeded: 1, dead: 0 });
      expect(shared.calls).toMatchObject([
        { params: { to: "a@b.c" }, ctx: { id: "theirs", maxAttempts: 1 } },
      ]);
      expect(kept).toMatchObject({
        returnvalue: { sent: true },
        attemptsMade: 1,
        finishedOn: expect.any(Number),
      });
    });

    it("resolves waitUntilFinished with our value", async () => {
      await using shared = await SharedQueue.open(server.url);
      const job = await shared.queue.add("send_email", { to: "a@b.c" });
      const value = job.waitUntilFinished(shared.events, 20_000);
      await shared.drain();
      expect(await value).toEqual({ sent: true });
    });

    it("rejects waitUntilFinished with our error", async () => {
      await using shared = await SharedQueue.open(server.url);
      shared.handler = () => Promise.reject(new Error("no such address"));
      const job = await shared.queue.add("send_email", { to: "a@b.c" });
      const value = job.waitUntilFinished(shared.events, 20_000).catch((error: Error) => error.message);
      await shared.drain();
      expect(await value).toContain("no such address");
    });

    it("runs as often as its producer asked, once without, at the pace that it asked for", async () => {
      await using shared = await SharedQueue.open(server.url);
      shared.handler = () => Promise.reject(new Error("not today"));
      await shared.queue.add("send_email", { to: "once@b.c" });
      await shared.queue.add(
        "send_email",
        { to: "twice@b.c" },
        { attempts: 2, backoff: { type: "fixed", delay: 120 } },
      );
      const report = await shared.drain();
      expect(report).toMatchObject({ dead: 2, retried: 1 });
      expect(shared.calls.map(({ params }) => params).sort(byAddress)).toEqual([
        { to: "once@b.c" },
        { to: "twice@b.c" },
        { to: "twice@b.c" },
      ]);
      const failed = await shared.queue.getFailed();
      expect(failed.map(({ attemptsMade }) => attemptsMade).sort()).toEqual([1, 2]);
    });

    it("goes when its producer asked for that", async () => {
      await using shared = await SharedQueue.open(server.url);
      expect((await runOne(shared, { removeOnComplete: true })).kept).toBeUndefined();
    });

    it("waits for its delay, and runs in BullMQ's order of priorities", async () => {
      await using shared = await SharedQueue.open(server.url);
      const { queue } = shared;
      await queue.add("send_email", { to: "later" }, { delay: 300 });
      await queue.add("send_email", { to: "low" }, { priority: 5 });
      await queue.add("send_email", { to: "high" }, { priority: 1 });
      await queue.add("send_email", { to: "none" });
      const app = shared.app();
      await app.worker({ ownsProcess: false, concurrency: 1, until: { type: "drained" } }).run();
      expect(shared.calls.map(({ params }) => (params as { to: string }).to)).toEqual([
        "none",
        "high",
        "low",
        "later",
      ]);
    });

    it("shows our progress and our log lines", async () => {
      await using shared = await SharedQueue.open(server.url);
      shared.handler = (_, ctx) => {
        ctx.progress({ done: 1 });
        ctx.log.info("sending");
      };
      const { kept } = await runOne(shared);
      expect(kept?.progress).toEqual({ done: 1 });
      expect((await shared.queue.getJobLogs("theirs")).logs).toEqual([
        expect.stringContaining("info sending"),
      ]);
    });

    it("continues its parent, with our value", async () => {
      await using shared = await SharedQueue.open(server.url);
      const { job } = await shared.flows.add({
        name: "send_email",
        queueName: MAIL,
        data: { to: "parent" },
        children: [{ name: "send_email", queueName: MAIL, data: { to: "child" } }],
      });
      await shared.drain();
      expect(shared.calls.map(({ params }) => params)).toEqual([{ to: "child" }, { to: "parent" }]);
      expect(Object.values(await job.getChildrenValues())).toEqual([{ sent: true }]);
    });

    it("fails its parent when it is dead, as BullMQ's worker would", async () => {
      await using shared = await SharedQueue.open(server.url);
      shared.handler = () => Promise.reject(new Error("not today"));
      const { job } = await shared.flows.add({
        name: "send_email",
        queueName: MAIL,
        data: { to: "parent" },
        children: [
          { name: "send_email", queueName: MAIL, data: { to: "child" }, opts: { failParentOnFailure: true } },
        ],
      });
      await shared.drain();
      await expect.poll(() => job.getState()).toBe("failed");
      expect(shared.calls.map(({ params }) => params)).toEqual([{ to: "child" }]);
    });

    it("has its scheduler go on", async () => {
      await using shared = await SharedQueue.open(server.url);
      const { queue } = shared;
      await queue.upsertJobScheduler(
        "every",
        { every: 3_600_000 },
        { name: "send_email", data: { to: "tick" } },
      );
      const app = shared.app();
      await app.worker({ ownsProcess: false, until: { type: "settled", jobs: 1 } }).run();
      expect(shared.calls).toHaveLength(1);
      expect(await queue.getDelayed()).toMatchObject([{ name: "send_email", repeatJobKey: "every" }]);
    });

    it("releases its deduplication", async () => {
      await using shared = await SharedQueue.open(server.url);
      const deduplication = { id: "one-at-a-time" };
      await runOne(shared, { deduplication });
      expect(await shared.queue.getDeduplicationJobId("one-at-a-time")).toBeNull();
      const again = await shared.queue.add("send_email", { to: "again" }, { deduplication });
      await shared.drain();
      expect(await again.getState()).toBe("completed");
    });

    it.each([[7], ["text"], [[1]], [null]])(
      "with the data %j is dead as undecodable, and shown as it is",
      async (data) => {
        await using shared = await SharedQueue.open(server.url);
        await shared.queue.add("send_email", data, { jobId: "odd" });
        expect(await shared.drain()).toMatchObject({ succeeded: 0, dead: 1 });
        const odd = await shared.queue.getJob("odd");
        expect(odd).toMatchObject({ data, failedReason: expect.stringContaining("undecodable") });
      },
    );
  });

  describe("a job of ours, run by BullMQ's worker", () => {
    it("is a plain job with name, data, attempts, pause and id", async () => {
      await using shared = await SharedQueue.open(server.url);
      const { id } = await shared.app().enqueue(sendEmail, { to: "a@b.c" }, { delayMs: 60_000 });
      expect(await shared.queue.getJob(id)).toMatchObject({
        name: "send_email",
        data: { to: "a@b.c" },
        opts: { attempts: 3, backoff: { type: "fixed", delay: 50 }, delay: expect.any(Number) },
      });
    });

    it("brings its value into our result store", async () => {
      await using shared = await SharedQueue.open(server.url);
      const { results } = shared;
      const app = shared.app({ results });
      shared.worker(async ({ name, data }) => ({ name, data }));
      const { id } = await app.enqueue(sendEmail, { to: "a@b.c" });
      const value = { name: "send_email", data: { to: "a@b.c" } };
      expect(await app.result(id, { waitMs: 20_000 })).toMatchObject({ status: "succeeded", value });
      expect(await results.get(id)).toMatchObject({ id, task: "send_email", value });
    });

    it("is retried by it, and counted on by ours", async () => {
      await using shared = await SharedQueue.open(server.url);
      const { id } = await shared.app().enqueue(sendEmail, { to: "a@b.c" });
      const worker = shared.worker(() => Promise.reject(new Error("not today")));
      await new Promise<void>((resolve) => worker.once("failed", () => resolve()));
      await worker.close();
      await shared.drain();
      expect(shared.calls).toMatchObject([
        { ctx: { id, maxAttempts: 3, attempt: expect.toSatisfy((n) => n >= 2) } },
      ]);
    });

    it("comes back to our worker with all that it had", async () => {
      await using shared = await SharedQueue.open(server.url);
      const options = { headers: { tenant: "acme" }, maxAttempts: 7, expiresInMs: 60_000 };
      await shared.app().enqueue(sendEmail, { to: "a@b.c", n: 1 }, options);
      await shared.drain();
      expect(shared.calls).toMatchObject([{ ctx: { headers: { tenant: "acme" }, maxAttempts: 7 } }]);
    });

    it("is refused with a priority, which BullMQ would run last", async () => {
      await using shared = await SharedQueue.open(server.url);
      const refused = { code: "unsupported", feature: "priority" };
      const sent = shared.app().enqueue(sendEmail, { to: "a@b.c" }, { priority: 5 });
      await expect(sent).rejects.toMatchObject(refused);
    });

    it("is refused as a step of a flow of ours", async () => {
      await using shared = await SharedQueue.open(server.url);
      const app = shared.app();
      const started = app.start(chain([step(sendEmail, { to: "first" }), step(sendEmail, { to: "second" })]));
      await expect(started).rejects.toMatchObject({ code: "unsupported", feature: "flows" });
      expect(await shared.queue.getJobCounts("wait", "prioritized")).toEqual({ wait: 0, prioritized: 0 });
    });

    it("is refused as a step in the middle of a flow when that is started, and taken as its last", async () => {
      await using shared = await SharedQueue.open(server.url);
      const app = shared.app({ tasks: [sendEmail, note], handlers: [] });
      const [before, mail] = [step(note, {}), step(sendEmail, { to: "a@b.c" })];
      const refused = { code: "unsupported", feature: "flows", queue: MAIL };
      await expect(app.start(chain([before, mail, before]))).rejects.toMatchObject(refused);
      await app.start(chain([before, mail]));
      expect((await (await app.queue("default")).stats()).ready.n).toBe(1);
    });
  });

  it("is looked at, redriven and emptied by our own commands", async () => {
    await using shared = await SharedQueue.open(server.url);
    const { queue, world } = shared;
    await queue.add("send_email", { to: "a@b.c" }, { jobId: "theirs" });
    const broker = redis({
      url: server.url,
      prefix: world.prefix,
      codecs: { [MAIL]: "bullmq" },
      onWarning: () => {},
    });
    const ours = await broker.openQueue(MAIL);
    const body = expect.stringContaining('"task":"send_email","params":{"to":"a@b.c"},"id":"theirs"');
    expect((await ours.peek({ state: "ready", limit: 5 })).messages).toMatchObject([
      { label: "send_email", body },
    ]);
    shared.handler = () => Promise.reject(new Error("not today"));
    await shared.drain();
    expect((await ours.peek({ state: "dead", limit: 5 })).messages).toMatchObject([
      { body, dead: { reason: "exhausted" } },
    ]);
    expect(await ours.redrive({ limit: 5 })).toEqual({ moved: 1 });
    shared.handler = () => "sent";
    await shared.drain();
    const { messages } = await ours.peek({ state: "succeeded", limit: 5 });
    expect(messages).toMatchObject([{ body, succeeded: { value: '"sent"' } }]);
    await broker.close();
  });
});

function byAddress(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
