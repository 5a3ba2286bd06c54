import { describeMonitor, type SeenJob } from "@jobs/broker-conformance";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { grantsFor, migrateResults, postgresMonitor } from "../src/index.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);
const ROLE = `jobs_monitor_${process.pid}`;

describe.runIf(isAvailable)("on a real server", () => {
  afterAll(() => server.end());

  describeMonitor({
    name: "postgres",
    createHarness() {
      const world = new PostgresWorld(server.url);
      const { url, schema } = world;
      return {
        sink: postgresMonitor({ url, schema }),
        async eventIds() {
          const rows = await world.ask(`SELECT event_id FROM ${schema}.monitor_events`);
          return rows.map(([id]) => String(id));
        },
        async jobs() {
          const rows = await world.ask(
            `SELECT json_build_object('id', id, 'task', task, 'queue', queue, 'state', state, 'attempt', attempt, 'error', error)
             FROM ${schema}.monitor_jobs ORDER BY id`,
          );
          return rows.map(([job]) => job as SeenJob);
        },
        dispose: () => world[Symbol.asyncDispose](),
      };
    },
  });

  it("the printed monitor role writes events and cannot touch results [T12]", async () => {
    await using world = new PostgresWorld(server.url);
    const { schema } = world;
    await migrateResults({ url: world.url, schema });
    await world.ask(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'secret'`);
    try {
      for (const grant of grantsFor({ role: ROLE, access: "monitor", schema })) await world.ask(grant);
      const url = new URL(world.url);
      url.username = ROLE;
      url.password = "secret";
      const sink = postgresMonitor({ url: url.href, schema, migrate: false });
      const started = { type: "worker.started", worker: "w", queues: [], at: 1 } as const;
      await sink.write([{ ...started, eventId: "w#1", source: "w", seq: 1 }]);
      await sink.close();
      const store = world.open({ url: url.href, migrate: false });
      await expect(store.get("job")).rejects.toMatchObject({ code: "access_denied" });
      expect(await world.ask(`SELECT source FROM ${schema}.monitor_events`)).toEqual([["w"]]);
    } finally {
      await world.ask(`DROP OWNED BY ${ROLE}`);
      await world.ask(`DROP ROLE ${ROLE}`);
    }
  });
});
