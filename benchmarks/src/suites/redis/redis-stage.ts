import type { RedisOptions } from "@jobs/adapter-redis";
import type { ContenderKind, Stage } from "../../contenders/contender.ts";
import { jobsContender } from "../../contenders/jobs-contender.ts";
import { beeQueueContender } from "./bee-queue-contender.ts";
import { bullmqContender } from "./bullmq-contender.ts";
import type { Durability } from "./measured-redis.ts";

function contenderBy(name: string, engine: NonNullable<RedisOptions["engine"]>): ContenderKind {
  return jobsContender(name, ["ioredis"], async (url) => {
    const { redis } = await import("@jobs/adapter-redis");
    return { broker: redis({ url, engine, onWarning: () => {} }) };
  });
}

export const redisJobs = contenderBy("jobs", "jobs");

/** Ours with BullMQ's own scripts in the place of ours. */
export const bullmqEngine = contenderBy("jobs, engine bullmq", "bullmq");

function redisStage(durability: Durability): Stage {
  return {
    title: "Redis",
    server: "Redis",
    hasSize: true,
    kinds: [redisJobs, bullmqContender, beeQueueContender],
    busyJobs: () => 40_000,
    async start() {
      const { MeasuredRedis } = await import("./measured-redis.ts");
      return MeasuredRedis.start(durability);
    },
  };
}

/** Each on an empty Redis of its own that keeps nothing on disk. */
export const redisInMemory = redisStage("in memory");

/** The same with an append-only file that is written each second. */
export const redisWithAof = redisStage("AOF everysec");
