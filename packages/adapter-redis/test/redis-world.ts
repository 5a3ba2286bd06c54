import { randomUUID } from "node:crypto";
import type { Broker, BrokerConsumer, BrokerQueue, Delivery, OutgoingMessage } from "@jobs/core/broker";
import { Redis } from "ioredis";
import { type LoadedBullmq, loadBullmq } from "../src/bullmq/load-bullmq.ts";
import { createRedisBroker } from "../src/create-broker.ts";
import type { RedisOptions } from "../src/index.ts";

/** A broker on keys of its own, with one queue opened from both ends. */
export class RedisWorld implements AsyncDisposable {
  readonly url: string;
  readonly prefix: string;
  readonly broker: Broker;
  readonly queue: BrokerQueue;
  readonly consumer: BrokerConsumer;
  /** For a look at what is stored. */
  readonly client: Redis;

  private constructor(
    url: string,
    prefix: string,
    broker: Broker,
    ends: readonly [BrokerQueue, BrokerConsumer],
  ) {
    this.url = url;
    this.prefix = prefix;
    this.broker = broker;
    [this.queue, this.consumer] = ends;
    this.client = new Redis(url);
    this.client.on("error", () => {});
  }

  static async open(
    url: string,
    options: RedisOptions & { readonly leaseMs?: number; readonly load?: () => Promise<LoadedBullmq> } = {},
  ): Promise<RedisWorld> {
    const { leaseMs = 30_000, load = loadBullmq, ...rest } = options;
    const prefix = `world-${randomUUID()}`;
    const broker = createRedisBroker({ url, prefix, onWarning: () => {}, ...rest }, load);
    const queue = await broker.openQueue(QUEUE);
    return new RedisWorld(url, prefix, broker, [queue, await broker.openConsumer(QUEUE, { leaseMs })]);
  }

  /** Sends one message of each id. */
  async send(ids: readonly string[], options: Partial<OutgoingMessage> = {}): Promise<void> {
    await this.queue.send(
      ids.map((id) => ({ id, label: "tell", body: JSON.stringify({ name: id }), ...options })),
    );
  }

  /** What can be received within `waitMs`. */
  take(max = 10, waitMs = 0): Promise<readonly Delivery[]> {
    return this.consumer.receive({ max, waitMs, signal: NEVER });
  }

  key(rest: string): string {
    return `${this.prefix}:${QUEUE}:${rest}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.close();
    this.client.disconnect();
  }
}

/** The queue that every world has. */
export const QUEUE = "letters";

const NEVER = new AbortController().signal;
