import { postgres } from "@jobs/adapter-postgres";
import { startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import type { BrokerUnderTest } from "./broker-under-test.ts";

/** Starts a server for each run. It writes its log to the disk as in production. */
export const postgresUnderTest: BrokerUnderTest = {
  async prepare() {
    const server = await startPostgresServer({ settings: { fsync: "on", max_connections: "200" } });
    return { address: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  open: (url) => postgres({ url }),
  async inspect(url) {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<{ readonly messages: number; readonly is_sound: boolean }>(LOOK);
      const [found] = rows;
      return { messages: found?.messages ?? 0, isSound: found?.is_sound ?? false };
    } finally {
      await client.end();
    }
  },
};

/** The storage is sound when the counts of all queues are those of their rows. */
const LOOK = `
  WITH counted AS (
    SELECT queue, ready, delayed, leased, dead FROM jobs.queue_counts
    UNION ALL SELECT queue, ready, delayed, leased, dead FROM jobs.queue_count_changes
    UNION ALL SELECT queue, -(state = 0)::int, -(state = 1)::int, -(state = 2)::int, -(state = 3)::int FROM jobs.messages),
  sums AS (
    SELECT sum(ready) AS ready, sum(delayed) AS delayed, sum(leased) AS leased, sum(dead) AS dead FROM counted GROUP BY queue)
  SELECT (SELECT count(*)::int FROM jobs.messages) AS messages,
    NOT EXISTS (SELECT FROM sums WHERE ready <> 0 OR delayed <> 0 OR leased <> 0 OR dead <> 0) AS is_sound`;
