import type { Diagnosis } from "@jobs/core/broker";
import { hasPostgres } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { LONG_TRANSACTIONS, type LongTransaction } from "../src/doctor/table-findings.ts";
import { grantsFor, migrateSchema } from "../src/index.ts";
import { MIGRATIONS } from "../src/schema/migrations.ts";
import { catalogueOf } from "./catalogue.ts";
import { askPostgres, PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

/** What was found, by the name of the check. Of several with one name, the last. */
async function diagnose(world: PostgresWorld, url = world.url): Promise<Readonly<Record<string, Diagnosis>>> {
  const findings = (await world.broker({ url }).schema?.diagnose()) ?? [];
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

/** A role with these grants; it and all that it owns go at the end. */
async function roleWith(grants: (role: string) => readonly string[]) {
  const role = `jobs_doctor_${process.pid}_${++roles}`;
  await askPostgres(server.url, `CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  for (const grant of grants(role)) await askPostgres(server.url, grant);
  const url = new URL(server.url);
  url.username = role;
  url.password = "secret";
  return {
    role,
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      await askPostgres(server.url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    },
  };
}
let roles = 0;

describe.runIf(isAvailable)("the doctor of Postgres", () => {
  afterAll(() => server.end());

  it("asks an empty database without making a table, and says who makes them", async () => {
    await using world = new PostgresWorld(server.url);
    const found = await diagnose(world);
    expect(found).toMatchObject({
      server: { status: "ok", message: expect.stringMatching(/^Postgres \d+.* answers at 127\.0\.0\.1:/) },
      connections: { status: "ok" },
      schema_version: { status: "warning", message: expect.stringContaining("the first process") },
    });
    expect(await catalogueOf(world.url, world.schema)).toEqual([]);
    await using stranger = await roleWith(() => []);
    expect(await diagnose(world, stranger.url)).toMatchObject({
      schema_version: {
        status: "failed",
        message: expect.stringContaining(`role "${stranger.role}" may not make them`),
      },
    });
  });

  it("says the version that is there, and the one that is needed", async () => {
    await using world = new PostgresWorld(server.url);
    const { url, schema } = world;
    await migrateSchema({ url, schema, to: MIGRATIONS.length - 1 });
    expect((await diagnose(world)).schema_version).toMatchObject({
      status: "warning",
      message: expect.stringContaining(
        `has version ${MIGRATIONS.length - 1}, ${MIGRATIONS.length} is needed`,
      ),
    });
    await migrateSchema({ url, schema });
    expect((await diagnose(world)).schema_version).toMatchObject({ status: "ok" });
    await world.ask(`INSERT INTO ${schema}.result_migrations VALUES (${MIGRATIONS.length + 1})`);
    expect((await diagnose(world)).schema_version).toMatchObject({ status: "failed" });
  });

  it("names the access of a role, and what it lacks where it has a part of one", async () => {
    await using world = new PostgresWorld(server.url);
    const { url, schema } = world;
    await migrateSchema({ url, schema });
    expect((await diagnose(world)).rights?.message).toContain("producer, worker, admin, monitor, reader");
    await using producer = await roleWith((role) => grantsFor({ role, schema, access: "producer" }));
    expect(await diagnose(world, producer.url)).toMatchObject({
      rights: { status: "ok", message: `role "${producer.role}" has the access of: producer.` },
    });
    await using worker = await roleWith((role) => grantsFor({ role, schema }));
    expect((await diagnose(world, worker.url)).rights?.message).toContain(
      "of: producer, worker, monitor, reader.",
    );
    await world.ask(`REVOKE EXECUTE ON FUNCTION ${schema}.settle_and_receive FROM ${worker.role}`);
    expect(await diagnose(world, worker.url)).toMatchObject({
      "rights:worker": {
        status: "warning",
        message: expect.stringContaining("It lacks EXECUTE on settle_and_receive."),
        hint: expect.stringContaining(`jobs schema grants ${worker.role} --access worker`),
      },
    });
    await using stranger = await roleWith(() => []);
    expect((await diagnose(world, stranger.url)).schema_version).toMatchObject({
      status: "failed",
      message: expect.stringContaining("has no right on schema"),
    });
  });

  it("finds settings that lose jobs or let tables grow", async () => {
    await using world = new PostgresWorld(server.url);
    const { url, schema } = world;
    await migrateSchema({ url, schema });
    await world.ask(`ALTER TABLE ${schema}.messages SET (autovacuum_enabled = false)`);
    await using careless = await roleWith((role) => [
      ...grantsFor({ role, schema }),
      `ALTER ROLE ${role} SET default_transaction_read_only = on`,
    ]);
    expect(await diagnose(world, careless.url)).toMatchObject({
      primary: { status: "failed", message: expect.stringContaining("read-only") },
      autovacuum: { status: "warning", message: expect.stringContaining(`"${schema}".messages`) },
      long_transactions: { status: "unknown", hint: expect.stringContaining("pg_monitor") },
    });
  });

  it("names a transaction that is long open, without its query", async () => {
    await using world = new PostgresWorld(server.url);
    const client = new Client({ connectionString: world.url });
    await client.connect();
    await client.query("BEGIN; SELECT 'a secret'");
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    const asking = new Client({ connectionString: world.url });
    await asking.connect();
    const long = await asking.query<LongTransaction>(LONG_TRANSACTIONS, [0]);
    await asking.end();
    await client.end();
    const open = `the session with pid ${rows[0].pid} (idle in transaction)`;
    expect(long.rows).toContainEqual({ who: open, age_s: expect.any(Number) });
    expect(JSON.stringify(long.rows)).not.toContain("secret");
  });
});
