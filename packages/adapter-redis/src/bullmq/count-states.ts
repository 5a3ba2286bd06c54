import type { Count, QueueStats } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import { PRIORITY_LEVELS } from "../capabilities.ts";
import type { RedisClient } from "../connection/connection-options.ts";
import { PRIORITY_STEP } from "../scripts/layout.lua.ts";
import { lastDueScore, PAUSED } from "./peek-states.ts";

/** How many jobs of each list are read to find the oldest. A released job stands before older ones. */
const LOOKED_AT = 100;

/** BullMQ's counter includes duplicates, so it is unknown how many jobs arrived. */
const UNKNOWN: Count = { n: null, exact: false };

/** Counts the jobs of a queue in one transaction. */
export async function countStates(client: RedisClient, prefix: string): Promise<QueueStats> {
  const key = (name: string) => prefix + name;
  const due = lastDueScore();
  const transaction = client
    .multi()
    .llen(key("wait"))
    .llen(key(PAUSED))
    .zcard(key("prioritized"))
    .zcount(key("delayed"), "-inf", due)
    .zcard(key("delayed"))
    .llen(key("active"))
    .zcard(key("failed"))
    .hexists(key("meta"), "paused")
    .lrange(key("wait"), -LOOKED_AT, -1)
    .lrange(key(PAUSED), -LOOKED_AT, -1)
    .zrangebyscore(key("delayed"), "-inf", due, "LIMIT", 0, 1);
  for (let level = 1; level <= PRIORITY_LEVELS; level++) {
    const next = `(${(level + 1) * PRIORITY_STEP}`;
    transaction.zrangebyscore(key("prioritized"), level * PRIORITY_STEP, next, "LIMIT", 0, LOOKED_AT);
  }
  const answers = (await transaction.exec()) ?? [];
  const values = answers.map(([error, value]) => (error === null ? value : Promise.reject(error)));
  const [
    wait = 0,
    paused = 0,
    prioritized = 0,
    dueNow = 0,
    delayed = 0,
    active = 0,
    failed = 0,
    isPaused = 0,
  ] = (await Promise.all(values.slice(0, 8))) as number[];
  const first = ((await Promise.all(values.slice(8))) as string[][]).flat();
  return {
    ready: exactly(wait + paused + prioritized + dueNow),
    delayed: exactly(delayed - dueNow),
    leased: exactly(active),
    dead: exactly(failed),
    entered: UNKNOWN,
    oldestReadyMs: await oldestMs(client, first.map(key)),
    isPaused: isPaused === 1,
  };
}

async function oldestMs(client: RedisClient, jobs: readonly string[]): Promise<number | null> {
  const now = systemClock.now();
  const dues = await Promise.all(
    jobs.map(async (job) => {
      const [due, timestamp, delay] = await client.hmget(job, "due", "timestamp", "delay");
      const dueAt = due == null ? Number(timestamp ?? now) + Number(delay ?? 0) : Number(due);
      return Number.isFinite(dueAt) ? dueAt : now;
    }),
  );
  return dues.length === 0 ? null : Math.max(0, now - Math.min(...dues));
}

function exactly(n: number): Count {
  return { n, exact: true };
}
