import { describeHistory, scaledTime } from "@jobs/broker-conformance";
import type { HistoryStore } from "@jobs/core/broker";
import { hasPostgres } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { grantsFor, migrateSchema, postgresHistory } from "../src/index.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);
const ROLE = `jobs_monitor_${process.pid}`;

describe.runIf(isAvailable)("on a real server", () => {
  afterAll(() => server.end());

  describeHistory({
    name: "postgres",
    createHarness() {
      const world = new PostgresWorld(server.url);
      const { url, schema } = world;
      const opened: HistoryStore[] = [];
      return {
        time: scaledTime(),
        open() {
          const store = postgresHistory({ url, schema });
          opened.push(store);
          return store;
        },
        async corrupt(id, text) {
          const quoted = text.replaceAll("'", "''");
          try {
            await world.ask(`UPDATE ${schema}.history_jobs SET job = '${quoted}' WHERE id = '${id}'`);
            return true;
          } catch {
            return false;
          }
        },
        async dispose() {
          await Promise.all(opened.map((store) => store.close()));
          await world[Symbol.asyncDispose]();
        },
      };
    },
  });

  it("the feed waits for a transaction that has begun earlier, and then skips nothing", async () => {
    await using world = new PostgresWorld(server.url);
    const { url, schema } = world;
    const store = postgresHistory({ url, schema });
    await store.write([started("early#1")]);
    await using late = await openTransaction(url);
    await late.client.query(
      `INSERT INTO ${schema}.history_events (event_id, at, type, event) VALUES ('late#1', 1, 'worker.started', $1)`,
      [JSON.stringify(started("late#1"))],
    );
    await store.write([started("second#1")]);
    const ids = async (after?: string) => {
      const { events, cursor } = await store.events({ after });
      return { ids: events.map(({ eventId }) => eventId), cursor };
    };
    await expect.poll(async () => (await ids()).ids).toEqual(["early#1"]);
    const { cursor } = await ids();
    await late.client.query("COMMIT");
    await expect.poll(async () => (await ids(cursor)).ids).toEqual(["late#1", "second#1"]);
    await store.close();
  });

  it("the printed monitor role writes the history and cannot touch results [T12]", async () => {
    await using world = new PostgresWorld(server.url);
    const { schema } = world;
    await migrateSchema({ url: world.url, schema });
    await world.ask(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'secret'`);
    try {
      for (const grant of grantsFor({ role: ROLE, access: "monitor", schema })) await world.ask(grant);
      const url = new URL(world.url);
      url.username = ROLE;
      url.password = "secret";
      const history = postgresHistory({ url: url.href, schema, migrate: false });
      const job = { id: "job", task: "work", queue: "default", tags: ["t"] };
      const enqueued = { type: "job.enqueued", at: 1, job, delayMs: 0 } as const;
      await history.write([started("w#1"), { ...enqueued, eventId: "p#1", source: "p", seq: 1 }]);
      expect((await history.list({ tag: "t" })).jobs).toMatchObject([{ id: "job", state: "enqueued" }]);
      expect(await history.prune({ olderThanMs: 1 })).toBe(1);
      await history.close();
      const store = world.open({ url: url.href, migrate: false });
      await expect(store.get("job")).rejects.toMatchObject({ code: "access_denied" });
    } finally {
      await world.ask(`DROP OWNED BY ${ROLE}`);
      await world.ask(`DROP ROLE ${ROLE}`);
    }
  });
});

function started(eventId: string) {
  const [source = ""] = eventId.split("#");
  return { type: "worker.started", worker: "w", queues: [], at: 1, eventId, source, seq: 1 } as const;
}

async function openTransaction(url: string): Promise<AsyncDisposable & { readonly client: Client }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("BEGIN");
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
