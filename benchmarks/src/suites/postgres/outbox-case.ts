import { postgres } from "@jobs/adapter-postgres";
import { redis } from "@jobs/adapter-redis";
import { createOutbox, createRelay } from "@jobs/outbox";
import { startRedisServer } from "@jobs/test-servers";
import { Client } from "pg";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { createNoopApp, noop } from "../../load/noop-app.ts";
import { rateOf } from "../../load/rate.ts";
import { MeasuredPostgres } from "./measured-postgres.ts";

/** Jobs of committed transactions that wait in Postgres, relayed to Redis by one relay. */
export const outboxRelayed: BenchCase = {
  name: "outbox, relayed to Redis",
  units: { relay: "jobs/s", "CPU of Postgres a job": "µs" },
  async run(scale) {
    const jobs = byScale(scale, 100_000, 10_000);
    await using server = await MeasuredPostgres.start();
    await using target = await startRedisServer();
    const store = postgres({ url: server.target });
    await using app = createNoopApp(createOutbox({ broker: redis({ url: target.url }), store }), () => {});
    const transaction = new Client({ connectionString: server.target });
    await transaction.connect();
    await app.ready();
    await transaction.query("BEGIN");
    const { id } = await app.enqueue(noop, { n: 0 }, { transaction });
    await transaction.query("COMMIT");
    await transaction.end();
    await server.multiply("outbox", id, jobs - 1);
    const from = postgres({ url: server.target });
    const to = redis({ url: target.url });
    const before = server.cpuMs();
    const relay = await rateOf(jobs, async () => {
      const { sent } = await createRelay({ from, to, untilEmpty: true }).run();
      if (sent !== jobs) throw new Error(`the relay has sent ${sent} of ${jobs} jobs.`);
    });
    const cpu = ((server.cpuMs() - before) * 1_000) / jobs;
    await Promise.all([from.close(), to.close()]);
    return { relay, "CPU of Postgres a job": cpu };
  },
};
