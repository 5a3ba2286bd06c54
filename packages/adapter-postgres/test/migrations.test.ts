import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { migrateSchema } from "../src/index.ts";
import { MIGRATIONS } from "../src/schema/migrations.ts";
import { catalogueOf } from "./catalogue.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";
import { DAY_MS, resultOf } from "./result-of.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);
const NEWEST = MIGRATIONS.length;

/** The oldest version with queues. */
const QUEUES = 5;

function placeOf({ url, schema }: PostgresWorld): { readonly url: string; readonly schema: string } {
  return { url, schema };
}

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
    expect(await migrateSchema(placeOf(world))).toMatchObject({ from: 0, to: NEWEST, removed: [] });
    const again = { from: NEWEST, to: NEWEST, removed: [], statements: [] };
    expect(await migrateSchema(placeOf(world))).toEqual(again);
  });

  it("refuses tables of a newer release with the way back, and leaves them as they are", async () => {
    await using world = new PostgresWorld(server.url);
    await migrateSchema(placeOf(world));
    const before = await catalogueOf(world.url, world.schema);
    await world.ask(`INSERT INTO ${world.schema}.result_migrations VALUES (${NEWEST + 1})`);
    for (const to of [NEWEST, 0])
      await expect(migrateSchema({ ...placeOf(world), to })).rejects.toMatchObject({
        code: "invalid_config",
        message: expect.stringContaining(`has version ${NEWEST + 1}, newer than ${NEWEST}`),
        hint: expect.stringContaining(`jobs schema migrate --to ${NEWEST}`),
      });
    await expect(world.open().get("x")).rejects.toMatchObject({ code: "invalid_config" });
    expect(await catalogueOf(world.url, world.schema)).toEqual(before);
  });

  it("a store that found no tables uses them as soon as they are there", async () => {
    await using world = new PostgresWorld(server.url);
    const store = world.open({ migrate: false });
    await expect(store.get("x")).rejects.toMatchObject({ code: "invalid_config" });
    await migrateSchema(placeOf(world));
    expect(await store.get("x")).toBeUndefined();
  });

  it("each step back leads to the schema of that version, and each step up to the same again", async () => {
    await using world = new PostgresWorld(server.url);
    await world.ask(`CREATE SCHEMA ${world.schema}`);
    const versions = Array.from({ length: NEWEST + 1 }, (_, version) => version);
    const up: (readonly string[])[] = [];
    for (const to of versions) {
      await migrateSchema({ ...placeOf(world), to });
      up[to] = await catalogueOf(world.url, world.schema);
    }
    expect(up[0]).toEqual([]);
    expect(new Set(up.map((lines) => lines.join("\n"))).size).toBe(NEWEST + 1);
    for (const to of [...versions].reverse()) {
      await migrateSchema({ ...placeOf(world), to });
      expect(await catalogueOf(world.url, world.schema), `down to ${to}`).toEqual(up[to]);
    }
    await migrateSchema(placeOf(world));
    expect(await catalogueOf(world.url, world.schema)).toEqual(up[NEWEST]);
  });

  it("a dry run changes nothing, and its statements make and remove the same as a script", async () => {
    await using world = new PostgresWorld(server.url);
    const dry = { ...placeOf(world), isDryRun: true };
    const { statements } = await migrateSchema(dry);
    expect(await catalogueOf(world.url, world.schema)).toEqual([]);
    await world.ask(statements.join("\n"));
    const made = await catalogueOf(world.url, world.schema);
    expect(await migrateSchema(placeOf(world))).toMatchObject({ from: NEWEST });
    await expect(world.ask(statements.join("\n"))).rejects.toThrow("do not have version 0 any more");
    const back = await migrateSchema({ ...dry, to: QUEUES - 1 });
    await (await world.broker().openQueue("mail")).send([{ id: "one", label: "t", body: "{}" }]);
    await expect(world.ask(back.statements.join("\n"))).rejects.toThrow("jobs are stored");
    expect(await catalogueOf(world.url, world.schema)).toEqual(made);
  });

  it("no step back removes jobs; one that removes other records has to be allowed", async () => {
    await using world = new PostgresWorld(server.url);
    const queue = await world.broker().openQueue("mail");
    await queue.send(["one", "two"].map((id) => ({ id, label: "t", body: "{}" })));
    const results = world.open();
    await results.put(resultOf("kept"), DAY_MS);
    const history = world.history();
    const job = { id: "kept", task: "add", queue: "mail", attempt: 1 };
    await history.write([
      { type: "job.started", at: 1, eventId: "one", source: "w", seq: 1, job, worker: "w" },
    ]);
    const toHistory = { ...placeOf(world), to: QUEUES - 1 };
    for (const isDryRun of [true, false])
      await expect(migrateSchema({ ...toHistory, isDryRun, mayRemoveRecords: true })).rejects.toMatchObject({
        code: "invalid_config",
        message: expect.stringContaining("2 jobs would be lost: mail 2."),
      });
    expect(await queue.stats()).toMatchObject({ ready: { n: 2 } });
    await queue.purge();
    expect(await migrateSchema(toHistory)).toMatchObject({ from: NEWEST, to: QUEUES - 1, removed: [] });

    const toResults = { ...placeOf(world), to: 3 };
    await expect(migrateSchema(toResults)).rejects.toThrow("would lose 1 history event");
    const { removed } = await migrateSchema({ ...toResults, isDryRun: true });
    expect(removed).toEqual([{ kind: "history event", count: 1 }]);
    expect(await migrateSchema({ ...toResults, mayRemoveRecords: true })).toMatchObject({ removed });
    await migrateSchema({ ...placeOf(world), to: 1 });
    await expect(migrateSchema({ ...placeOf(world), to: 0 })).rejects.toThrow("would lose 1 result");

    await migrateSchema(placeOf(world));
    expect(await results.get("kept")).toEqual({ ...resultOf("kept") });
    expect(await history.timeline("kept")).toEqual([]);
    expect(await queue.send([{ id: "one", label: "t", body: "{}" }])).toMatchObject([{ status: "sent" }]);
  });
});
