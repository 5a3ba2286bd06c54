import type { Job, JobsOptions } from "bullmq";
import type { BrokerSession } from "../broker-session.ts";
import type { JobForm } from "../codec/job-form.ts";
import type { RedisClient } from "../connection/connection-options.ts";
import type { BullmqBackend, BullmqQueueAccess } from "./bullmq-classes.ts";
import type { LoadedBullmq } from "./load-bullmq.ts";

/** What the queues and consumers of engine "bullmq" share. */
export interface BullmqSession extends BrokerSession {
  readonly bullmq: LoadedBullmq;
  readonly queues: BullmqQueues;
  /** BullMQ's option for a finished job whose producer has set none. */
  readonly removal: NonNullable<JobsOptions["removeOnComplete"]>;
  /** How the jobs of a queue look. */
  formOf(queue: string): JobForm;
}

/**
 * BullMQ's queues on connections of ours. A class of BullMQ is bound to one connection for its life, but ours may be
 * replaced. So each connection has queues of its own. They are made on a ready connection, which they never close.
 */
export class BullmqQueues {
  readonly #bullmq: LoadedBullmq;
  readonly #prefix: string;
  readonly #byClient = new WeakMap<RedisClient, Map<string, BullmqQueueAccess>>();

  constructor(bullmq: LoadedBullmq, prefix: string) {
    this.#bullmq = bullmq;
    this.#prefix = prefix;
  }

  /** The operations of BullMQ on one queue. */
  backend(client: RedisClient, name: string): BullmqBackend {
    return this.#queue(client, name).backend;
  }

  /** A stored job, for operations that take a `Job` of BullMQ. */
  job(client: RedisClient, name: string, storedId: string): Job {
    return this.#queue(client, name).createJob(storedId);
  }

  #queue(client: RedisClient, name: string): BullmqQueueAccess {
    const known = this.#byClient.get(client) ?? new Map<string, BullmqQueueAccess>();
    this.#byClient.set(client, known);
    const options = { connection: client, prefix: this.#prefix };
    const queue = known.get(name) ?? this.#bullmq.classes.openQueue(name, options);
    known.set(name, queue);
    return queue;
  }
}

/** The code that a script of BullMQ has refused with; `undefined` for another error. */
export function refusalCode(error: unknown): number | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "number" ? code : undefined;
}
