import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { hasRedis, type RedisServer, startRedisServer } from "@jobs/test-servers";
import { Queue } from "bullmq";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BoardRoutes } from "./board-routes.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

/** BullMQ has a line for jobs with a priority and one for those without. */
const READY = /^(?:waiting|prioritized)$/;

/** A queue as the page lists it. */
interface ShownQueue {
  readonly counts: Readonly<Record<string, number>>;
  readonly jobs: readonly { readonly id: string }[];
}

/** An open Bull Board on the queue of a world. */
class OpenBullBoard implements AsyncDisposable {
  readonly #queue: Queue;
  readonly #routes = new BoardRoutes();

  constructor({ url, prefix }: RedisWorld) {
    this.#queue = new Queue(QUEUE, { connection: { url }, prefix });
    createBullBoard({
      queues: [new BullMQAdapter(this.#queue)],
      serverAdapter: this.#routes,
      // Its page has to be able to read every answer.
      options: { validateResponses: true, uiConfig: {} },
    });
  }

  /** What its page lists under a state, with the number beside each state. */
  async list(status: string) {
    const query = { activeQueue: QUEUE, status, page: "1", jobsPerPage: "10" };
    const { status: code, body } = await this.#routes.ask("get", "/api/queues", { query });
    expect(code ?? 200).toBe(200);
    return (body as { queues: readonly [ShownQueue] }).queues[0];
  }

  /** What its page shows of one job. */
  async show(jobId: string) {
    const params = { queueName: QUEUE, jobId };
    return (await this.#routes.ask("get", "/api/queues/:queueName/:jobId", { params })).body;
  }

  /** Presses the button that retries a job. */
  async retry(jobId: string): Promise<void> {
    const params = { queueName: QUEUE, jobId };
    await this.#routes.ask("put", "/api/queues/:queueName/:jobId/retry", { params });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close();
  }
}

describe.runIf(await hasRedis())("Bull Board", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("shows our jobs of every state [P11]", async () => {
    await using world = await RedisWorld.open(server.url, { keepFinished: 1 });
    await world.send(["dead", "done", "leased"]);
    const [dead, done] = await world.take(3);
    await world.consumer.settle([
      { delivery: dead!, action: "dead", reason: "fatal", error: { name: "Error", message: "no such user" } },
      { delivery: done!, action: "ack" },
    ]);
    await world.send(["ready"]);
    await world.send(["urgent"], { priority: 9 });
    await world.send(["later"], { delayMs: 60_000 });
    await using board = new OpenBullBoard(world);

    const jobs = ["dead", "done", "later", "leased", "ready", "urgent"];
    const listed = await board.list("latest");
    expect(listed.counts).toMatchObject({ delayed: 1, active: 1, failed: 1, completed: 1 });
    expect(listed.jobs.map(({ id }) => id).sort()).toEqual(jobs);
    for (const job of listed.jobs) expect(job).toMatchObject({ name: "tell", data: { name: job.id } });
    expect(await Promise.all(jobs.map((id) => board.show(id)))).toMatchObject([
      { status: "failed", job: { failedReason: "fatal: no such user", isFailed: true } },
      { status: "completed", job: { attempts: 1 } },
      { status: "delayed", job: { delay: 60_000 } },
      { status: "active" },
      { status: expect.stringMatching(READY) },
      { status: expect.stringMatching(READY) },
    ]);
  });

  it("retries our dead letters by its button", async () => {
    await using world = await RedisWorld.open(server.url);
    await world.send(["job"]);
    const [delivery] = await world.take(1);
    await world.consumer.settle([{ delivery: delivery!, action: "dead", reason: "exhausted" }]);
    await using board = new OpenBullBoard(world);
    await board.retry("job");
    expect(await world.take(1)).toMatchObject([{ messageId: "job", body: '{"name":"job"}' }]);
  });
});
