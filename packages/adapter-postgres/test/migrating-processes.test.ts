import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { hasPostgres } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, describe, it } from "vitest";
import { migrateSchema } from "../src/index.ts";
import { MIGRATIONS } from "../src/schema/migrations.ts";
import { catalogueOf } from "./catalogue.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";
import { DAY_MS, resultOf } from "./result-of.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);
const NEWEST = MIGRATIONS.length;
const PROGRAM = fileURLToPath(new URL("processes/migrate.mjs", import.meta.url));

/** A process that waits for `start` before it migrates. */
async function migrator(world: PostgresWorld): Promise<ChildProcessWithoutNullStreams> {
  const { url, schema } = world;
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ url, schema })]);
  await once(child.stdout, "data");
  return child;
}

/** Lets it migrate; resolves with what it says, once it has ended. */
async function start(child: ChildProcessWithoutNullStreams): Promise<string> {
  let said = "";
  const keep = (data: Buffer) => {
    said += data;
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.stdin.write("\n");
  await once(child, "close");
  return said;
}

/** Another session that holds the table of results until `end`. */
async function holdResults(world: PostgresWorld): Promise<{ end(): Promise<void> }> {
  const client = new Client({ connectionString: world.url });
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${world.schema}.results IN ACCESS SHARE MODE`);
  return { end: () => client.end() };
}

/** How many sessions wait for, or hold, the lock of a migration of this schema. */
function migrating(world: PostgresWorld, isWaiting: boolean): Promise<readonly unknown[][]> {
  const waits = `EXISTS (SELECT FROM pg_locks w WHERE w.pid = l.pid AND NOT w.granted)`;
  return world.ask(
    `SELECT l.pid FROM pg_locks l WHERE l.locktype = 'advisory' AND ${isWaiting ? waits : "true"}
      AND l.objid = (hashtext('jobs migrations of "${world.schema}".result_migrations')::bigint & 4294967295)::oid`,
  );
}

describe.runIf(isAvailable).concurrent("processes that migrate", () => {
  afterAll(() => server.end());

  it("eight at once make the tables once, and none fails", async ({ expect }) => {
    await using world = new PostgresWorld(server.url);
    const children = await Promise.all(Array.from({ length: 8 }, () => migrator(world)));
    const said = await Promise.all(children.map(start));
    expect(said.filter((line) => line === `0 ${NEWEST}\n`)).toHaveLength(1);
    expect(said.filter((line) => line === `${NEWEST} ${NEWEST}\n`)).toHaveLength(7);
    expect(await world.ask(`SELECT count(*)::int FROM ${world.schema}.result_migrations`)).toEqual([
      [NEWEST],
    ]);
  });

  it("one that is killed in the middle leaves the whole schema of before, and the next one goes on", async ({
    expect,
  }) => {
    await using world = new PostgresWorld(server.url);
    const { url, schema } = world;
    await migrateSchema({ url, schema, to: 2 });
    const before = await catalogueOf(url, schema);
    const holder = await holdResults(world);
    const child = await migrator(world);
    const end = start(child);
    // The third migration changes the held table, so the process waits in the middle of its transaction.
    await expect.poll(() => migrating(world, true), { timeout: 20_000 }).toHaveLength(1);
    child.kill("SIGKILL");
    await end;
    await holder.end();
    await expect.poll(() => migrating(world, false), { timeout: 20_000 }).toHaveLength(0);
    expect(await catalogueOf(url, schema)).toEqual(before);
    expect(await migrateSchema({ url, schema })).toMatchObject({ from: 2, to: NEWEST });
    await world.open().put(resultOf("after"), DAY_MS);
  });

  it("a table that somebody holds ends a migration after 5 s; it says so, and can be repeated", async ({
    expect,
  }) => {
    await using world = new PostgresWorld(server.url);
    const { url, schema } = world;
    await migrateSchema({ url, schema, to: 2 });
    const holder = await holdResults(world);
    await expect(migrateSchema({ url, schema })).rejects.toMatchObject({
      code: "broker_unavailable",
      retryable: true,
      message: expect.stringContaining("55P03: somebody holds a table"),
    });
    await holder.end();
    expect(await migrateSchema({ url, schema })).toMatchObject({ from: 2, to: NEWEST });
  });
});
