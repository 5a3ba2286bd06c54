import { once } from "node:events";
import { redis } from "@jobs/adapter-redis";
import { Redis } from "ioredis";
import type { BrokerUnderTest, ForeignWorkerParts, Remains } from "./broker-under-test.ts";

/** The queue of the experiments. */
const QUEUE = "default";

/** How often BullMQ's worker searches for dead ones: as often as ours. */
const STALLED_INTERVAL_MS = 1_000;

/** Starts a server for each run. It appends every change to its file, as in production. */
export const redisUnderTest: BrokerUnderTest = {
  async prepare() {
    // Workers start often, and use the server that this starts.
    const { startRedisServer } = await import("@jobs/test-servers");
    const server = await startRedisServer({ appendonly: true });
    return {
      address: server.url,
      crash: () => server.kill(),
      start: () => server.start(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  open: (url) => redis({ url }),
  async inspect(url) {
    const client = new Redis(url);
    try {
      return await look(client);
    } finally {
      client.disconnect();
    }
  },
};

/** The same with BullMQ's own scripts. */
export const bullmqUnderTest: BrokerUnderTest = {
  ...redisUnderTest,
  open: (url) => redis({ url, engine: "bullmq" }),
};

/** One queue with workers of three kinds: by our scripts, by BullMQ's, and BullMQ's own `Worker`. */
export const mixedUnderTest: BrokerUnderTest = {
  ...redisUnderTest,
  open: (url, worker = 0) => redis({ url, engine: worker % 3 === 1 ? "bullmq" : "jobs" }),
  foreignWorker: (worker) => (worker % 3 === 2 ? runBullmqWorker : undefined),
};

async function runBullmqWorker(parts: ForeignWorkerParts): Promise<void> {
  const { address, concurrency, leaseMs, run, onServing } = parts;
  const { Worker } = await import("bullmq");
  const worker = new Worker<{ readonly ms: number }>(
    QUEUE,
    ({ id = "", data, attemptsMade, attemptsStarted }) =>
      run({ id, attempt: attemptsMade + 1, delivery: attemptsStarted, ms: data.ms }),
    {
      connection: { url: address, maxRetriesPerRequest: null },
      concurrency,
      lockDuration: leaseMs,
      stalledInterval: STALLED_INTERVAL_MS,
      // A job is not to blame for the workers that are killed here.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      removeOnComplete: { count: 0 },
    },
  );
  worker.on("error", () => {});
  await worker.waitUntilReady();
  const stopped = once(process, "SIGTERM");
  onServing();
  await stopped;
  await worker.close();
}

/** The storage is sound when each message is in exactly one list and no lease is held. */
async function look(client: Redis): Promise<Remains> {
  const keys = await client.keys("bull:*");
  let bodies = 0;
  let places = 0;
  for (const key of keys) {
    bodies += await client.hexists(key, "data").catch(() => 0);
    places += await placesIn(client, key);
  }
  const isLeased = keys.some((key) => key.endsWith(":lock"));
  return { messages: bodies, isSound: bodies === places && !isLeased };
}

/** Messages in the list at `key`; 0 where the key does not exist. */
async function placesIn(client: Redis, key: string): Promise<number> {
  if (/:(?:wait|active|paused)$/.test(key)) return client.llen(key);
  if (/:(?:delayed|prioritized|failed|completed)$/.test(key)) return client.zcard(key);
  return 0;
}
