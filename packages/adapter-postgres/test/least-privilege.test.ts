import { hasPostgres } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grantsFor, migrateSchema } from "../src/index.ts";
import { askPostgres, PostgresWorld, sharedServer } from "./postgres-world.ts";
import { DAY_MS, resultOf } from "./result-of.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);
const suffix = process.pid;
const roles = {
  worker: `jobs "worker" ${suffix}`,
  reader: `jobs_reader_${suffix}`,
  producer: `jobs_producer_${suffix}`,
  admin: `jobs_admin_${suffix}`,
};

/** The server's URL for one of the roles. */
function urlOf(role: string): string {
  const url = new URL(server.url);
  url.username = encodeURIComponent(role);
  url.password = "secret";
  return url.href;
}

function quoted(role: string): string {
  return `"${role.replaceAll('"', '""')}"`;
}

describe.runIf(isAvailable)("roles that may do nothing else [T12]", () => {
  let world: PostgresWorld;

  beforeAll(async () => {
    world = new PostgresWorld(server.url);
    await migrateSchema({ url: world.url, schema: world.schema });
    await world.ask(`CREATE TABLE ${world.schema}.tasks (id int)`);
    for (const role of Object.values(roles))
      await world.ask(`CREATE ROLE ${quoted(role)} LOGIN PASSWORD 'secret'`);
    const { schema } = world;
    const grants = [
      ...grantsFor({ role: roles.worker, schema }),
      ...grantsFor({ role: roles.reader, access: "reader", schema }),
      ...grantsFor({ role: roles.producer, access: "producer", schema }),
      ...grantsFor({ role: roles.admin, access: "admin", schema }),
    ];
    for (const grant of grants) await world.ask(grant);
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    for (const role of Object.values(roles)) await askPostgres(server.url, `DROP OWNED BY ${quoted(role)}`);
    for (const role of Object.values(roles)) await askPostgres(server.url, `DROP ROLE ${quoted(role)}`);
    await server.end();
  });

  it.each([true, false])(
    "the printed worker role does all that a store does, migrate: %s",
    async (migrate) => {
      const store = world.open({ url: urlOf(roles.worker), migrate });
      await store.put(resultOf("dead", { status: "dead" }), DAY_MS);
      await store.put(resultOf("dead"), DAY_MS);
      await store.put(resultOf("short"), 1);
      expect(await store.get("dead")).toEqual(resultOf("dead"));
      expect(await store.prune()).toBe(1);
      await store.coordination.put({ set: "s", name: "n", value: "v" }, DAY_MS);
      expect(await store.coordination.claim({ set: "s", name: "n", value: "w" }, DAY_MS)).toBe("v");
      expect(await store.coordination.count("s")).toBe(1);
      await store.coordination.remove("s", "n");
      expect(await store.coordination.list("s")).toEqual([]);
    },
  );

  it("the printed worker role can neither read another table nor make or change one", async () => {
    const refused = expect.objectContaining({ code: "42501" });
    const { schema } = world;
    for (const sql of [
      `SELECT FROM ${schema}.tasks`,
      `DROP TABLE ${schema}.results`,
      `ALTER TABLE ${schema}.results ADD COLUMN more int`,
      `TRUNCATE ${schema}.results`,
      `CREATE TABLE ${schema}.more (id int)`,
      `INSERT INTO ${schema}.result_migrations VALUES (99)`,
    ]) {
      await expect(askPostgres(urlOf(roles.worker), sql)).rejects.toThrow(refused);
    }
  });

  it("the printed reader role looks and does not write", async () => {
    const writer = world.open();
    await writer.put(resultOf("seen"), DAY_MS);
    const store = world.open({ url: urlOf(roles.reader) });
    expect(await store.get("seen")).toEqual(resultOf("seen"));
    await expect(store.put(resultOf("seen"), DAY_MS)).rejects.toMatchObject({
      code: "access_denied",
      hint: expect.stringContaining("jobs schema grants"),
    });
  });

  it("each role does what its work needs with queues, and nothing else", async () => {
    const open = (role: string) => world.broker({ url: urlOf(role), migrate: false }).openQueue("mail");
    const receive = { max: 1, waitMs: 0, signal: new AbortController().signal };
    const denied = { code: "access_denied" };
    const producer = await open(roles.producer);
    expect(await producer.send([{ id: "one", label: "t", body: "{}" }])).toMatchObject([{ status: "sent" }]);
    await expect(producer.peek({ state: "ready", limit: 1 })).rejects.toMatchObject({
      ...denied,
      hint: expect.stringContaining("--access worker"),
    });
    await expect(
      world.broker({ url: urlOf(roles.producer) }).openConsumer("mail", { leaseMs: 1_000 }),
    ).rejects.toMatchObject(denied);
    const consumer = await world
      .broker({ url: urlOf(roles.worker) })
      .openConsumer("mail", { leaseMs: 60_000 });
    const [delivery] = await consumer.receive(receive);
    expect(
      await consumer.settle([{ delivery: delivery!, action: "retry", delayMs: 0, failed: true }]),
    ).toEqual([{ status: "settled" }]);
    await expect((await open(roles.worker)).purge()).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining("permission denied for function purge_queue"),
      hint: expect.stringContaining("jobs schema grants ROLE --access admin"),
    });
    const reader = await open(roles.reader);
    expect(await reader.stats()).toMatchObject({ ready: { n: 1 } });
    expect((await reader.peek({ state: "ready", limit: 1 })).messages).toHaveLength(1);
    await expect(reader.send([{ id: "two", label: "t", body: "{}" }])).rejects.toMatchObject(denied);
    const admin = await open(roles.admin);
    const counts = { deliveryCount: 1, failureCount: 1, crashCount: 0, redrives: 0 };
    const moved = [{ id: "moved", label: "t", body: "{}", ...counts }];
    expect(await admin.restore?.(moved)).toMatchObject([{ status: "sent" }]);
    await admin.pause();
    await admin.purge();
    expect(await admin.stats()).toMatchObject({ ready: { n: 0 }, isPaused: true });
    const tables = ["messages", "queues", "queue_counts", "queue_count_changes"];
    for (const table of tables) {
      const change = `DELETE FROM ${world.schema}.${table}`;
      await expect(askPostgres(urlOf(roles.admin), change)).rejects.toMatchObject({ code: "42501" });
    }
  });

  it("a role that may not make the tables is told who makes them", async () => {
    const url = urlOf(roles.worker);
    const schema = `${world.schema}_missing`;
    await expect(world.open({ url, schema }).get("x")).rejects.toMatchObject({ code: "access_denied" });
    await expect(world.open({ url, schema, migrate: false }).get("x")).rejects.toMatchObject({
      code: "invalid_config",
      hint: expect.stringContaining("jobs schema migrate"),
    });
  });

  it("prints names so that nothing else can be said with them", () => {
    expect(grantsFor({ role: 'a"; DROP TABLE x; --' })[0]).toBe(
      'GRANT USAGE ON SCHEMA "jobs" TO "a""; DROP TABLE x; --";',
    );
    expect(() => grantsFor({ role: "a", schema: 'x"; --' })).toThrow("cannot be the name of a schema");
    expect(() => grantsFor({ role: "" })).toThrow("the name of the role is empty");
  });
});
