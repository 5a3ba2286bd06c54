import type { OutgoingMessage, Settlement } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { hasPostgres } from "@jobs/test-servers";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

/** More than a reader of the counts leaves to others. */
const MANY = 250;

function message(id: string): OutgoingMessage {
  return { id, label: "mail", body: "{}" };
}

describe.runIf(isAvailable)("counts", () => {
  let world: PostgresWorld;
  let program: Client;

  beforeAll(async () => {
    world = new PostgresWorld(server.url);
    program = new Client({ connectionString: world.url });
    await program.connect();
  });

  afterAll(async () => {
    await program.end();
    await world[Symbol.asyncDispose]();
    await server.end();
  });

  const askOne = async (sql: string) => (await world.ask(sql))[0]?.[0];
  const changes = () => askOne(`SELECT count(*)::integer FROM ${world.schema}.queue_count_changes`);

  it("stay exact when changes are added up while a transaction with another change is open", async () => {
    const queue = await world.broker().openQueue("orders");
    await queue.send([message("first")]);
    await program.query("BEGIN");
    await queue.send([message("late-1"), message("late-2")], { transaction: program });
    const ids = Array.from({ length: MANY }, (_, n) => `job-${n}`);
    for (const id of ids) await queue.send([message(id)]);
    expect(await queue.stats()).toMatchObject({ ready: { n: MANY + 1 }, entered: { n: MANY + 1 } });
    while ((await changes()) !== 0) await sleep(keepAliveClock, 10);
    expect(await queue.stats()).toMatchObject({ ready: { n: MANY + 1 } });
    await program.query("COMMIT");
    expect(await queue.stats()).toMatchObject({ ready: { n: MANY + 3 }, entered: { n: MANY + 3 } });
    await world.ask(`SELECT ${world.schema}.fold_counts('{}', '{}', '{}')`);
    expect(await changes()).toBe(0);
    expect(await queue.stats()).toMatchObject({ ready: { n: MANY + 3 }, entered: { n: MANY + 3 } });
  });

  it.each([
    { action: "retry", delayMs: 0, failed: true, state: "ready" },
    { action: "retry", delayMs: 60_000, failed: true, state: "delayed" },
    { action: "release", state: "ready" },
    { action: "dead", reason: "fatal", state: "dead" },
  ] as const)(
    "stay exact when a lease ends at the moment of its $action [F13]",
    async ({ state, ...how }) => {
      const name = `race_${how.action}_${state}`;
      const broker = world.broker();
      const queue = await broker.openQueue(name);
      await queue.send([message("one")]);
      const consumer = await broker.openConsumer(name, { leaseMs: 30_000 });
      const never = new AbortController().signal;
      const [delivery] = await consumer.receive({ max: 1, waitMs: 0, signal: never });
      const id = await askOne(`SELECT id FROM ${world.schema}.queues WHERE name = '${name}'`);
      await program.query("BEGIN");
      // What a receive of another worker does once the lease has ended.
      await program.query(`SELECT ${world.schema}.promote_due($1, 0, 9007199254740991)`, [id]);
      const settle = () => consumer.settle([{ delivery, ...how } as Settlement]);
      expect(await settle()).toMatchObject([{ status: "failed", error: { retryable: true } }]);
      await program.query("COMMIT");
      expect(await settle()).toEqual([{ status: "settled" }]);
      const expected = {
        ready: { n: 0 },
        delayed: { n: 0 },
        leased: { n: 0 },
        dead: { n: 0 },
        [state]: { n: 1 },
      };
      expect(await queue.stats()).toMatchObject(expected);
      const rows = `SELECT sum(ready), sum(delayed), sum(leased), sum(dead) FROM ${world.schema}.queue_count_changes WHERE queue = ${id}`;
      const [sums] = await world.ask(rows);
      expect(sums?.map(Number)).toEqual(Object.values(expected).map(({ n }) => n));
    },
  );

  it("are those of the rows on a server whose transactions have smaller numbers, as after a restore", async () => {
    const queue = await world.broker().openQueue("restored");
    await world.ask(
      `UPDATE ${world.schema}.queue_counts SET folded_to = '4611686018427387904' WHERE queue = 0`,
    );
    await queue.send([message("one"), message("two")]);
    expect(await queue.stats()).toMatchObject({ ready: { n: 2 } });
    await world.ask(`SELECT ${world.schema}.fold_counts('{}', '{}', '{}')`);
    expect(await changes()).toBe(0);
    await queue.send([message("three")]);
    expect(await queue.stats()).toMatchObject({ ready: { n: 3 } });
  });
});
