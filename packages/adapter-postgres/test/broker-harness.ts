import { type BrokerHarness, type TestTime, virtualTime } from "@jobs/broker-conformance";
import { validateBroker } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { createVirtualClock } from "@jobs/core/testing";
import { Client } from "pg";
import { DEFAULT_MAX_MESSAGE_BYTES, postgresCapabilities } from "../src/capabilities.ts";
import { createPostgresBroker } from "../src/create-broker.ts";
import { migrateSchema, type PostgresOptions } from "../src/index.ts";

/** Real time for an answer before virtual time goes on, in ms: an answer of the server takes no virtual time. */
const ANSWER_MS = 40;

/** Makes harnesses in one schema, whose server clock the test sets. */
export interface HarnessMaker {
  create(options?: PostgresOptions): BrokerHarness;
  end(): Promise<void>;
}

/**
 * A schema of tables on a virtual clock. Each harness has its own queues in it. `brokerUrl`: what brokers connect to,
 * such as a pooler in front of the server.
 */
export async function harnessMaker(url: string, brokerUrl = url): Promise<HarnessMaker> {
  const schema = `test_${process.pid}`;
  const clock = createVirtualClock();
  let harnesses = 0;
  const clients: Client[] = [];

  const owner = new Client({ connectionString: url });
  await owner.connect();
  const ask = async (sql: string): Promise<readonly unknown[][]> =>
    (await owner.query({ text: sql, rowMode: "array" })).rows;
  const setServer = (ms: number) => ask(`UPDATE ${schema}.test_clock SET ms = ${Math.floor(ms)}`);
  await migrateSchema({ url, schema });
  await ask(`CREATE TABLE ${schema}.test_clock (ms bigint);
     INSERT INTO ${schema}.test_clock VALUES (${Math.floor(clock.now())});
     CREATE OR REPLACE FUNCTION ${schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
       'SELECT ms FROM ${schema}.test_clock'`);

  async function pass(ms: number): Promise<void> {
    await setServer(clock.now() + ms);
    await clock.advance(ms);
  }

  const time: TestTime = {
    ...virtualTime(clock),
    pass,
    async within(promise, ms) {
      let isSettled = false;
      const settled = () => {
        isSettled = true;
      };
      promise.then(settled, settled);
      for (let left = ms; left > 0; ) {
        await Promise.race([promise.catch(() => {}), sleep(keepAliveClock, ANSWER_MS)]);
        if (isSettled) return promise;
        const step = Math.max(1, Math.min(left, clock.nextTimerMs() ?? left));
        await pass(step);
        left -= step;
      }
      return virtualTime(clock, { graceMs: 20_000 }).within(promise, 0);
    },
  };

  return {
    create(options = {}) {
      const prefix = `test-${++harnesses}-`;
      const ofQueues = `queue IN (SELECT id FROM ${schema}.queues WHERE starts_with(name, '${prefix}'))`;
      return {
        capabilities: postgresCapabilities(DEFAULT_MAX_MESSAGE_BYTES),
        time,
        openBroker: () => validateBroker(createPostgresBroker({ url: brokerUrl, schema, ...options }, clock)),
        createQueue: (suffix) => `${prefix}${suffix}`,
        async leftovers() {
          const rows = await ask(`SELECT 'message ' || id FROM ${schema}.messages WHERE ${ofQueues}
             UNION ALL SELECT 'count ' || queue FROM (
               SELECT queue, ready, delayed, leased, dead FROM ${schema}.queue_counts
               UNION ALL SELECT queue, ready, delayed, leased, dead FROM ${schema}.queue_count_changes) c
             WHERE ${ofQueues} GROUP BY queue
             HAVING sum(ready) <> 0 OR sum(delayed) <> 0 OR sum(leased) <> 0 OR sum(dead) <> 0`);
          return rows.map(([name]) => String(name));
        },
        async corrupt(queue, messageId) {
          await ask(`UPDATE ${schema}.messages SET body = chr(65533) || '{' WHERE id = '${messageId}'
             AND queue = (SELECT id FROM ${schema}.queues WHERE name = '${queue}')`);
        },
        async begin() {
          const client = new Client({ connectionString: url });
          clients.push(client);
          await client.connect();
          await client.query("BEGIN");
          const end = (statement: string) => async () => {
            await client.query(statement);
          };
          return { handle: client, commit: end("COMMIT"), rollback: end("ROLLBACK") };
        },
        async dispose() {
          await Promise.all(clients.splice(0).map((client) => client.end()));
          await ask(`DELETE FROM ${schema}.messages WHERE ${ofQueues}`);
        },
      };
    },
    async end() {
      // A statement of a broker that was left open may wait for the same tables.
      const drop = () => ask(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await drop().catch(drop);
      await owner.end();
    },
  };
}
