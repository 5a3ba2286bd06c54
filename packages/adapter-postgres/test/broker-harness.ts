import { type BrokerHarness, scaledTime } from "@jobs/broker-conformance";
import { DEFAULT_MAX_MESSAGE_BYTES, postgresCapabilities } from "../src/capabilities.ts";
import { type PostgresOptions, postgres } from "../src/index.ts";
import { askPostgres } from "./postgres-world.ts";

let harnesses = 0;

/** New queues in the schema of this test file, on the clock of a real server. */
export function createPostgresHarness(
  url: string,
  tickMs: number,
  options: PostgresOptions = {},
): BrokerHarness {
  const schema = `test_${process.pid}`;
  const prefix = `test-${++harnesses}-`;
  const ofQueues = `queue IN (SELECT id FROM ${schema}.queues WHERE starts_with(name, '${prefix}'))`;
  return {
    capabilities: postgresCapabilities(DEFAULT_MAX_MESSAGE_BYTES),
    time: scaledTime(tickMs),
    openBroker: () => postgres({ url, schema, ...options }),
    createQueue: (suffix) => `${prefix}${suffix}`,
    async leftovers() {
      const rows = await askPostgres(
        url,
        `SELECT 'message ' || id FROM ${schema}.messages WHERE ${ofQueues}
         UNION ALL SELECT 'count ' || queue FROM (
           SELECT queue, ready, delayed, leased, dead FROM ${schema}.queue_counts
           UNION ALL SELECT queue, ready, delayed, leased, dead FROM ${schema}.queue_count_changes) c
         WHERE ${ofQueues} GROUP BY queue
         HAVING sum(ready) <> 0 OR sum(delayed) <> 0 OR sum(leased) <> 0 OR sum(dead) <> 0`,
      );
      return rows.map(([name]) => String(name));
    },
    async corrupt(queue, messageId) {
      await askPostgres(
        url,
        `UPDATE ${schema}.messages SET body = chr(65533) || '{' WHERE id = '${messageId}'
         AND queue = (SELECT id FROM ${schema}.queues WHERE name = '${queue}')`,
      );
    },
    async dispose() {
      await askPostgres(url, `DELETE FROM ${schema}.messages WHERE ${ofQueues}`);
    },
  };
}
