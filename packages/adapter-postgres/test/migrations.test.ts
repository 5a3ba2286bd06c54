import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { migrateResults } from "../src/index.ts";
import { MIGRATIONS } from "../src/schema/migrations.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";
import { DAY_MS, resultOf } from "./result-of.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

describe.runIf(isAvailable)("migrations", () => {
  afterAll(() => server.end());

  it("twelve stores that start at once on an empty database make the tables once, and all work", async () => {
    await using world = new PostgresWorld(server.url);
    const stores = Array.from({ length: 12 }, () => world.open({ connection: { max: 1 } }));
    await Promise.all(stores.map((store, index) => store.put(resultOf(`job-${index}`), DAY_MS)));
    expect(await world.ask(`SELECT version FROM ${world.schema}.result_migrations ORDER BY version`)).toEqual(
      MIGRATIONS.map((_, index) => [index + 1]),
    );
    expect(await world.ask(`SELECT count(*)::int FROM ${world.schema}.results`)).toEqual([[12]]);
  });

  it("tells what it found and made, and does nothing the second time", async () => {
    await using world = new PostgresWorld(server.url);
    const options = { url: world.url, schema: world.schema };
    expect(await migrateResults(options)).toEqual({ from: 0, to: MIGRATIONS.length });
    expect(await migrateResults(options)).toEqual({ from: MIGRATIONS.length, to: MIGRATIONS.length });
  });

  it("refuses tables of a newer release, and leaves them as they are", async () => {
    await using world = new PostgresWorld(server.url);
    const options = { url: world.url, schema: world.schema };
    await migrateResults(options);
    await world.ask(`INSERT INTO ${world.schema}.result_migrations VALUES (7)`);
    await expect(migrateResults(options)).rejects.toThrow(`has version 7, newer than ${MIGRATIONS.length}`);
    await expect(world.open().get("x")).rejects.toMatchObject({ code: "invalid_config" });
  });

  it("a store that found no tables uses them as soon as they are there", async () => {
    await using world = new PostgresWorld(server.url);
    const store = world.open({ migrate: false });
    await expect(store.get("x")).rejects.toMatchObject({ code: "invalid_config" });
    await migrateResults({ url: world.url, schema: world.schema });
    expect(await store.get("x")).toBeUndefined();
  });
});
