import { postgres } from "@jobs/adapter-postgres";
import { Client, Pool, type QueryResultRow } from "pg";
import type { BrokerUnderTest, Effects } from "./broker-under-test.ts";

/** The rows of handlers. Nothing in it refuses a second row of a job: the experiment counts them. */
const EFFECTS = "public.chaos_effects";

/** Starts a server for each run. It writes its log to the disk as in production. */
export const postgresUnderTest: BrokerUnderTest = {
  async prepare() {
    // Workers start often, and use the server that this starts.
    const { startPostgresServer } = await import("@jobs/test-servers");
    const server = await startPostgresServer({ settings: { fsync: "on", max_connections: "200" } });
    await ask(server.url, `CREATE TABLE ${EFFECTS} (job text NOT NULL)`);
    return {
      address: server.url,
      crash: () => server.kill(),
      start: () => server.start(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  open: (url) => postgres({ url }),
  openEffects,
  async effectsOf(url) {
    const rows = await ask<{ readonly job: string }>(url, `SELECT job FROM ${EFFECTS}`);
    return rows.map(({ job }) => job);
  },
  async inspect(url) {
    const [found] = await ask<{ readonly messages: number; readonly is_sound: boolean }>(url, LOOK);
    return { messages: found?.messages ?? 0, isSound: found?.is_sound ?? false };
  },
};

function openEffects(url: string, concurrency: number): Effects {
  const pool = new Pool({ connectionString: url, max: concurrency });
  // A crash of the server ends connections. Without listeners that would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return {
    async write(job, complete) {
      const client = await pool.connect();
      let isBroken = true;
      try {
        await client.query("BEGIN");
        await client.query(`INSERT INTO ${EFFECTS} VALUES ($1)`, [job]);
        await complete(client);
        await client.query("COMMIT");
        isBroken = false;
      } finally {
        // The end of its connection rolls an unfinished transaction back.
        client.release(isBroken);
      }
    },
    close: () => pool.end(),
  };
}

async function ask<Row extends QueryResultRow>(url: string, sql: string): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

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
