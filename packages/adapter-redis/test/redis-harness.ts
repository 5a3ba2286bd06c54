import { type BrokerHarness, scaledTime } from "@jobs/broker-conformance";
import { Redis } from "ioredis";
import { type LoadedBullmq, loadBullmq } from "../src/bullmq/load-bullmq.ts";
import { bullmqCapabilities, DEFAULT_MAX_MESSAGE_BYTES, redisCapabilities } from "../src/capabilities.ts";
import { createRedisBroker } from "../src/create-broker.ts";
import type { RedisOptions } from "../src/index.ts";

/** Keys of a queue that outlast its messages: settings, the stream of events, counters, marks. */
const LASTING = /:(?:meta|events|marker|id|pc|jobs:swept|stalled-check)$/;

const SWEEP_MS = 60;

const CAPABILITIES = { jobs: redisCapabilities, bullmq: bullmqCapabilities };

let harnesses = 0;

/** A new prefix on a real server, on the machine's clock. */
export function createRedisHarness(
  url: string,
  tickMs: number,
  engine: NonNullable<RedisOptions["engine"]> = "jobs",
  load: () => Promise<LoadedBullmq> = loadBullmq,
): BrokerHarness {
  const prefix = `test-${process.pid}-${++harnesses}`;
  const client = new Redis(url);
  const keys = () => client.keys(`${prefix}:*`);
  return {
    capabilities: CAPABILITIES[engine](DEFAULT_MAX_MESSAGE_BYTES, SWEEP_MS),
    time: scaledTime(tickMs),
    openBroker: () =>
      createRedisBroker({ url, prefix, engine, sweepMs: SWEEP_MS, onWarning: () => {} }, load),
    createQueue: (suffix) => `test-${suffix}`,
    leftovers: async () => (await keys()).filter((key) => !LASTING.test(key)),
    async corrupt(queue, messageId) {
      await client.hset(`${prefix}:${queue}:${messageId}`, "data", Buffer.from([0xff, 0x00, 0xfe]));
    },
    async dispose() {
      const left = await keys();
      if (left.length > 0) await client.del(left);
      client.disconnect();
    },
  };
}
