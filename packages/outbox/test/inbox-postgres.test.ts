import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { postgres } from "@jobs/adapter-postgres";
import { createApp, defineTask, handle } from "@jobs/core";
import { hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { Pool } from "pg";
import { expect, it } from "vitest";
import { createInbox } from "../src/index.ts";
import { moment } from "./shop.ts";

const pay = defineTask("pay", { order: "integer" }, { queue: "payments", maxAttempts: 1 });

it.runIf(await hasPostgres())(
  "an inbox in Postgres: of two runs at once one commits, and the other waits for it and is given back",
  async () => {
    await using server = await startPostgresServer();
    const storage = createMemoryStorage();
    const options = { url: server.url, schema: `inbox_${process.pid}` };
    const store = postgres(options);
    const pool = new Pool({ connectionString: server.url });
    await pool.query("CREATE TABLE paid (id integer NOT NULL)");
    const isWritten = moment();
    /** Statements that wait for the end of another transaction. */
    const waiting = async () => {
      const sql = "SELECT count(*)::integer AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
      return (await pool.query<{ readonly n: number }>(sql)).rows[0]?.n;
    };
    let runs = 0;
    const app = createApp({
      broker: createInbox({ broker: memory({ storage }), store }),
      tasks: [pay],
      handlers: [
        handle(pay, async ({ order }, ctx) => {
          const run = ++runs;
          if (run === 2) await isWritten.reached;
          const client = await pool.connect();
          try {
            await client.query("BEGIN");
            await client.query("INSERT INTO paid VALUES ($1)", [order]);
            await ctx.transaction(client, order);
            isWritten.reach();
            if (run === 1) await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
            await client.query("COMMIT");
          } catch (error) {
            await client.query("ROLLBACK");
            throw error;
          } finally {
            client.release();
          }
        }),
      ],
    });
    await app.enqueue(pay, { order: 1 });
    const target = memory({ storage });
    const { messages } = await (await target.openQueue("payments")).peek({ state: "ready", limit: 1 });
    const copies = messages.map(({ messageId: id, label, body }) => ({ id, label, body }));
    await (await target.openQueue("copies")).send(copies);
    const worker = app.worker({ queues: ["payments", "copies"], until: { type: "drained" }, concurrency: 2 });
    expect(await worker.run()).toMatchObject({ succeeded: 2, released: 1, retried: 0, dead: 0 });
    expect(runs).toBe(2);
    expect((await pool.query("SELECT id FROM paid")).rows).toEqual([{ id: 1 }]);
    await app.close();
    await pool.query(`DROP SCHEMA ${options.schema} CASCADE; DROP TABLE paid`);
    await pool.end();
  },
);
