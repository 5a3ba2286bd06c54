import { startStopwatch } from "@jobs/core/testing";
import { hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrateSchema, postgresResults } from "../src/index.ts";
import { PostgresWorld } from "./postgres-world.ts";
import { DAY_MS, resultOf } from "./result-of.ts";
import { SilentServer } from "./silent-server.ts";

const isAvailable = await hasPostgres({ isOwn: true });

/** Short, so that the tests are short too. */
const IMPATIENT = { query_timeout: 700, statement_timeout: 500, connectionTimeoutMillis: 600 };

describe.runIf(isAvailable)("faults of a real server", () => {
  let server: Awaited<ReturnType<typeof startPostgresServer>>;

  beforeAll(async () => {
    server = await startPostgresServer({ settings: { max_connections: "20" } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const refusal = async (url: string) => {
    const store = postgresResults({ url });
    const error: unknown = await store.get("x").catch((caught: unknown) => caught);
    await store.close();
    return error;
  };

  it("a wrong password is denied access, which trying again does not change", async () => {
    const error = await refusal(server.url.replace(":postgres@", ":wr0ng@"));
    expect(error).toMatchObject({ code: "access_denied", retryable: false, broker: "postgres" });
    expect(String((error as Error).message)).not.toContain("wr0ng");
  });

  it("a database that does not exist is a matter of configuration", async () => {
    expect(await refusal(server.url.replace(/postgres$/, "nowhere"))).toMatchObject({
      code: "invalid_config",
    });
  });

  it("a server that never answers is told within 5 s, and so is every caller that waits [F42]", async () => {
    await using silent = await SilentServer.open();
    const store = postgresResults({ url: silent.url });
    const elapsedMs = startStopwatch();
    const calls = [store.put(resultOf("job"), DAY_MS), store.get("job"), store.coordination.list("set")];
    for (const { status, ...rest } of await Promise.allSettled(calls)) {
      expect({ status, ...rest }).toMatchObject({
        status: "rejected",
        reason: { code: "broker_unavailable", retryable: true },
      });
    }
    expect(elapsedMs()).toBeLessThan(5_000);
    await store.close();
    expect(elapsedMs()).toBeLessThan(10_000);
  });

  it("a server that is gone is told at once, and the store works again when it is back [F42]", async () => {
    await using world = new PostgresWorld(server.url);
    const store = world.open();
    await store.put(resultOf("before"), DAY_MS);
    await server.stop();
    await expect(store.put(resultOf("during"), DAY_MS)).rejects.toMatchObject({
      code: "broker_unavailable",
      broker: "postgres",
      retryable: true,
    });
    await server.start();
    await store.put(resultOf("during"), DAY_MS);
    expect(await store.get("before")).toEqual(resultOf("before"));
  });

  it("a server that crashes during a call fails this call, and does not end the process [F42]", async () => {
    await using world = new PostgresWorld(server.url);
    const store = world.open();
    await store.put(resultOf("before"), DAY_MS);
    const owner = new Client({ connectionString: server.url });
    owner.on("error", () => {});
    await owner.connect();
    await owner.query(`BEGIN; LOCK TABLE ${world.schema}.results`);
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown) => uncaught.push(error);
    process.on("uncaughtException", onUncaught);
    const put = store.put(resultOf("during"), DAY_MS).catch((error: unknown) => error);
    const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    await expect.poll(async () => (await owner.query(waiting)).rowCount).toBe(1);
    await server.kill();
    expect(await put).toMatchObject({ code: "broker_unavailable", retryable: true });
    await server.start();
    process.off("uncaughtException", onUncaught);
    expect(uncaught).toEqual([]);
    await store.put(resultOf("after"), DAY_MS);
  });

  it("connections whose server fell silent are noticed and replaced [F42]", async () => {
    await using world = new PostgresWorld(server.url);
    await migrateSchema({ url: world.url, schema: world.schema });
    const store = world.open({ connection: { ...IMPATIENT, application_name: world.schema } });
    await Promise.all([store.put(resultOf("before"), DAY_MS), store.get("a"), store.get("b")]);
    const rows = await world.ask(
      `SELECT pid FROM pg_stat_activity WHERE application_name = '${world.schema}'`,
    );
    const silent = rows.map(([pid]) => Number(pid));
    for (const pid of silent) process.kill(pid, "SIGSTOP");
    await expect(store.put(resultOf("lost"), DAY_MS)).rejects.toMatchObject({ retryable: true });
    await store.put(resultOf("again"), DAY_MS);
    expect(await store.get("again")).toEqual(resultOf("again"));
    for (const pid of silent) process.kill(pid, "SIGCONT");
  });

  it("a server that takes no writes any more is left by calls and by notifications: its address may have moved [F24]", async () => {
    await using world = new PostgresWorld(server.url);
    await migrateSchema({ url: world.url, schema: world.schema });
    const broker = world.broker({ connection: { application_name: world.schema } });
    const queue = await broker.openQueue("work");
    const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
    const { signal } = new AbortController();
    const receive = () => consumer.receive({ max: 1, waitMs: 60_000, signal });
    const sessions = async () => {
      const rows = await world.ask(
        `SELECT pid FROM pg_stat_activity WHERE application_name = '${world.schema}'`,
      );
      return rows.map(([pid]) => pid);
    };
    const refused = {
      code: "broker_unavailable",
      retryable: true,
      message: expect.stringContaining("answers 25006: it takes no writes: it is a replica, or"),
    };
    // Nothing was ever sent to this queue, so a receive has nothing to write.
    const waiting = receive();
    await expect.poll(() => world.listeners()).toHaveLength(1);
    const before = [...(await sessions()), ...(await world.listeners()).flat()];
    await world.ask("ALTER SYSTEM SET default_transaction_read_only = on");
    await world.ask("SELECT pg_reload_conf()");
    await expect(waiting).rejects.toMatchObject(refused);
    await expect(queue.send([{ id: "one", label: "work", body: "{}" }])).rejects.toMatchObject(refused);
    await expect.poll(sessions).not.toEqual(expect.arrayContaining([expect.toBeOneOf(before)]));
    await world.ask("ALTER SYSTEM RESET default_transaction_read_only");
    await world.ask("SELECT pg_reload_conf()");
    await expect.poll(() => queue.send([{ id: "one", label: "work", body: "{}" }])).toBeDefined();
    expect(await receive()).toMatchObject([{ messageId: "one" }]);
  });

  it("a table that somebody holds locked ends a put in time, to be tried again", async () => {
    await using world = new PostgresWorld(server.url);
    await migrateSchema({ url: world.url, schema: world.schema });
    const store = world.open({ connection: IMPATIENT });
    await store.put(resultOf("before"), DAY_MS);
    const locked = world.ask(`BEGIN; LOCK TABLE ${world.schema}.results; SELECT pg_sleep(1.5); COMMIT`);
    await expect
      .poll(() =>
        store.put(resultOf("job"), DAY_MS).then(
          () => "kept",
          (error) => error.retryable,
        ),
      )
      .toBe(true);
    await locked;
    await store.put(resultOf("job"), DAY_MS);
  });

  it("a value that Postgres refuses does not take those beside it along", async () => {
    await using world = new PostgresWorld(server.url);
    const store = world.open();
    const tooLong = Array.from({ length: 20_000 }, (_, index) => index.toString(36)).join("");
    const puts = ["one", tooLong, "two"].map((id) => store.put(resultOf(id), DAY_MS));
    const [one, refused, two] = await Promise.allSettled(puts);
    expect([one?.status, two?.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(refused).toMatchObject({ reason: { code: "broker_unavailable", retryable: false } });
    expect(await store.get("two")).toEqual(resultOf("two"));
  });

  it("a close keeps no connection open", async () => {
    await using world = new PostgresWorld(server.url);
    const store = world.open({ connection: { application_name: world.schema } });
    await store.put(resultOf("last"), DAY_MS);
    await store.close();
    const rows = await world.ask(
      `SELECT pid FROM pg_stat_activity WHERE application_name = '${world.schema}'`,
    );
    expect(rows).toEqual([]);
  });

  it("thousands of puts at once share few statements, and each is kept", async () => {
    await using world = new PostgresWorld(server.url);
    const store = world.open();
    await Promise.all(
      Array.from({ length: 5_000 }, (_, index) => store.put(resultOf(`job-${index}`), DAY_MS)),
    );
    expect(await world.ask(`SELECT count(*)::int FROM ${world.schema}.results`)).toEqual([[5_000]]);
    const statements = await world.ask(`SELECT count(DISTINCT xmin::text)::int FROM ${world.schema}.results`);
    expect(Number(statements[0]?.[0])).toBeLessThanOrEqual(10);
  });
});
