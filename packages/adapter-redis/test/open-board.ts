import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import type { Queue } from "bullmq";
import * as newest from "bullmq";
import { BoardRoutes } from "./board-routes.ts";
import type { Bullmq } from "./bullmq-versions.ts";
import { QUEUE, type RedisWorld } from "./redis-world.ts";

/** A queue as the page lists it. */
interface ShownQueue {
  readonly counts: Readonly<Record<string, number>>;
  readonly jobs: readonly { readonly id: string }[];
}

/** A job as the page shows it. */
interface ShownJob {
  readonly job: { readonly name: string; readonly data: unknown; readonly opts: object };
  readonly status: string;
}

/** Which queue the board is on. */
interface BoardedQueue {
  readonly name?: string;
  readonly bullmq?: Bullmq;
}

/** Its buttons: for a queue, and for one of its jobs. */
const QUEUE_ADDRESS = "/api/queues/:queueName";
const JOB_ADDRESS = `${QUEUE_ADDRESS}/:jobId`;

/** The buttons of a queue that send a body or name a state. */
type QueueButton =
  | "pause"
  | "resume"
  | "empty"
  | "obliterate"
  | "promote"
  | "concurrency"
  | "rate-limit"
  | "rate-limit/release";

/** An open Bull Board on the queue of a world. */
export class OpenBullBoard implements AsyncDisposable {
  readonly #queue: Queue;
  readonly #routes = new BoardRoutes();

  readonly #name: string;

  readonly #bullmq: Bullmq;

  /** `bullmq` is the version whose classes the board uses; default the newest. */
  constructor({ url, prefix }: RedisWorld, { name = QUEUE, bullmq = newest }: BoardedQueue = {}) {
    this.#name = name;
    this.#bullmq = bullmq;
    this.#queue = new bullmq.Queue(name, { connection: { url }, prefix });
    createBullBoard({
      queues: [new BullMQAdapter(this.#queue)],
      serverAdapter: this.#routes,
      // Its page has to be able to read every answer.
      options: { validateResponses: true, uiConfig: {} },
    });
  }

  /** What its page lists under a state, with the number beside each state. */
  async list(status: string): Promise<ShownQueue> {
    const query = { activeQueue: this.#name, status, page: "1", jobsPerPage: "10" };
    const body = accepted(await this.#routes.ask("get", "/api/queues", { query }));
    return (body as { queues: readonly [ShownQueue] }).queues[0];
  }

  /** What its page shows of one job. */
  async show(jobId: string): Promise<ShownJob> {
    return accepted(await this.#askJob("get", "", jobId)) as ShownJob;
  }

  async logs(jobId: string): Promise<readonly string[]> {
    return accepted(await this.#askJob("get", "/logs", jobId)) as readonly string[];
  }

  /** The flow that its page shows of a job. */
  async flow(jobId: string): Promise<unknown> {
    const request = {
      params: { queueName: this.#name, jobId },
      query: { depth: "2", maxChildren: "10" },
    };
    return accepted(await this.#routes.ask("get", `${JOB_ADDRESS}/flow`, request));
  }

  /** The job schedulers that its page lists. */
  async schedulers(): Promise<readonly unknown[]> {
    const answer = accepted(await this.#routes.ask("get", "/api/job-schedulers"));
    return (answer as { readonly schedulers: readonly unknown[] }).schedulers;
  }

  /** Presses a button of a job scheduler. */
  async pressScheduler(button: "run" | "remove", schedulerId: string): Promise<void> {
    accepted(await this.#askQueue("put", `/job-schedulers/:schedulerId/${button}`, { schedulerId }));
  }

  /** The workers that its page lists. */
  async workers(): Promise<unknown> {
    return accepted(await this.#askQueue("get", "/workers"));
  }

  /** Presses a button of a job. */
  async pressJob(button: "retry" | "promote" | "clean", jobId: string): Promise<void> {
    accepted(await this.#askJob("put", `/${button}`, jobId));
  }

  /** Presses a button of a job, and answers with the status of the refusal. */
  async refusedJob(button: "retry" | "promote" | "clean", jobId: string): Promise<number | undefined> {
    return (await this.#askJob("put", `/${button}`, jobId)).status;
  }

  /** Sends a form of a job. */
  async edit(form: "update-data" | "delay" | "priority", jobId: string, body: object): Promise<void> {
    accepted(await this.#askJob("patch", `/${form}`, jobId, body));
  }

  /** Presses a button of the queue. */
  async press(button: QueueButton, body: object = {}): Promise<void> {
    accepted(await this.#askQueue("put", `/${button}`, {}, body));
  }

  /** Presses a button of the queue, and answers with the status of the refusal. */
  async refused(button: QueueButton, body: object = {}): Promise<number | undefined> {
    return (await this.#askQueue("put", `/${button}`, {}, body)).status;
  }

  /** Presses a button for all jobs in a state. */
  async pressAll(button: "retry" | "clean", queueStatus: string): Promise<unknown> {
    return accepted(await this.#askQueue("put", `/${button}/:queueStatus`, { queueStatus }));
  }

  /** Sends the form of a new job. */
  async add(name: string, data: unknown, options: object = {}): Promise<ShownJob> {
    return accepted(await this.#askQueue("post", "/add", {}, { name, data, options })) as ShownJob;
  }

  /** A worker of BullMQ takes a job and fails it. */
  async failByWorker(jobId: string, message: string): Promise<void> {
    const worker = new this.#bullmq.Worker(this.#name, null, { ...this.#queue.opts, autorun: false });
    const job = await worker.getNextJob("token");
    if (job?.id !== jobId) throw new Error(`the job ${job?.id} came first.`);
    await job.moveToFailed(new Error(message), "token");
    await worker.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close();
  }

  #askQueue(method: "get" | "put" | "post", path: string, params = {}, body: object = {}) {
    const request = { params: { queueName: this.#name, ...params }, body: { ...body } };
    return this.#routes.ask(method, `${QUEUE_ADDRESS}${path}`, request);
  }

  #askJob(method: "get" | "put" | "patch", path: string, jobId: string, body: object = {}) {
    const request = { params: { queueName: this.#name, jobId }, body: { ...body } };
    return this.#routes.ask(method, `${JOB_ADDRESS}${path}`, request);
  }
}

/** The body of an answer. @throws Error for a refusal. */
function accepted({ status = 200, body }: { readonly status?: number; readonly body?: unknown }): unknown {
  if (status < 300) return body;
  throw new Error(`the board answered ${status}: ${JSON.stringify(body)}`);
}
