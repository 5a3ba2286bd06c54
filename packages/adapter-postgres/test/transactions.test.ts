import { type App, createApp, defineTask, handle } from "@jobs/core";
import { hasPostgres } from "@jobs/test-servers";
import knex from "knex";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Client, Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrateResults } from "../src/index.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

const sendReceipt = defineTask("send_receipt", { order: "integer" }, { backoff: 100 });

/** Stores an order and its job in one transaction of a library, and throws in it if `fails`. */
type PlaceOrder = (app: App, order: number, fails: boolean) => Promise<void>;

function failIf(fails: boolean): void {
  if (fails) throw new Error("the order is refused");
}

describe.runIf(isAvailable)("jobs in a transaction of the program", () => {
  let world: PostgresWorld;
  let orders: string;
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    world = new PostgresWorld(server.url);
    await migrateResults({ url: world.url, schema: world.schema });
    orders = `${world.schema}.orders`;
    await world.ask(`CREATE TABLE ${orders} (id integer PRIMARY KEY)`);
  });

  afterAll(async () => {
    for (const end of ends) await end();
    await world[Symbol.asyncDispose]();
  });

  const openApp = (queue: string): App =>
    createApp({
      broker: world.broker(),
      tasks: [sendReceipt],
      worker: { queues: [queue] },
      routes: { "*": queue },
    });

  const libraries: Readonly<Record<string, () => PlaceOrder>> = {
    pg: () => async (app, order, fails) => {
      const client = new Client({ connectionString: world.url });
      await client.connect();
      try {
        await client.query("BEGIN");
        await client.query(`INSERT INTO ${orders} VALUES ($1)`, [order]);
        await app.enqueue(sendReceipt, { order }, { transaction: client });
        failIf(fails);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        await client.end();
      }
    },
    Kysely: () => {
      const pool = new Pool({ connectionString: world.url });
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
      ends.push(() => db.destroy());
      return (app, order, fails) =>
        db.transaction().execute(async (transaction) => {
          await sql`INSERT INTO ${sql.table(orders)} VALUES (${order})`.execute(transaction);
          await app.enqueue(sendReceipt, { order }, { transaction });
          failIf(fails);
        });
    },
    Knex: () => {
      const db = knex({ client: "pg", connection: world.url });
      ends.push(() => db.destroy());
      return (app, order, fails) =>
        db.transaction(async (transaction) => {
          await transaction.raw(`INSERT INTO ${orders} VALUES (?)`, [order]);
          await app.enqueue(sendReceipt, { order }, { transaction });
          failIf(fails);
        });
    },
  };

  it.each(Object.keys(libraries))("%s: the order and its job exist, or neither", async (name) => {
    const place = libraries[name]!();
    await using app = openApp(`of_${name}`);
    const first = name.length * 100;
    await place(app, first, false);
    await expect(place(app, first + 1, true)).rejects.toThrow("the order is refused");
    await expect(place(app, first, false)).rejects.toThrow(/duplicate key/);
    const stored = await world.ask(`SELECT id FROM ${orders} WHERE id >= ${first} AND id < ${first + 100}`);
    expect(stored).toEqual([[first]]);
    const queue = await app.queue(`of_${name}`);
    expect(await queue.stats()).toMatchObject({ ready: { n: 1 }, delayed: { n: 0 } });
    const { messages } = await queue.peek({ state: "ready", limit: 10 });
    expect(messages.map(({ body }) => JSON.parse(body).params)).toEqual([{ order: first }]);
  });

  it("a handler's rows and the end of its job are one", async () => {
    const client = new Client({ connectionString: world.url });
    await client.connect();
    ends.push(() => client.end());
    const app = createApp({
      broker: world.broker(),
      tasks: [sendReceipt],
      routes: { "*": "ends" },
      handlers: [
        handle(sendReceipt, async ({ order }, ctx) => {
          await client.query("BEGIN");
          await client.query(`INSERT INTO ${orders} VALUES ($1)`, [order]);
          await ctx.transaction(client, { paid: order });
          await client.query(ctx.attempt === 1 ? "ROLLBACK" : "COMMIT");
          if (ctx.attempt === 2) throw new Error("after the commit");
        }),
      ],
    });
    await app.enqueue(sendReceipt, { order: 7 });
    const report = await app.worker({ until: { type: "drained" } }).run();
    expect(report).toMatchObject({ succeeded: 1, retried: 1, dead: 0 });
    expect(await world.ask(`SELECT count(*)::integer FROM ${orders} WHERE id = 7`)).toEqual([[1]]);
    await app.close();
  });

  it("a pool and a client outside of a transaction are refused, and what is no transaction", async () => {
    await using app = openApp("refused");
    const pool = new Pool({ connectionString: world.url });
    ends.push(() => pool.end());
    const send = (transaction: object) => app.enqueue(sendReceipt, { order: 1 }, { transaction });
    await expect(send(pool)).rejects.toMatchObject({ code: "invalid_config" });
    await expect(send({ begin: true })).rejects.toThrow(/no transaction of a library/);
    expect((await (await app.queue("refused")).stats()).ready.n).toBe(0);
  });

  it("a refused job leaves nothing in the transaction, which goes on", async () => {
    const client = new Client({ connectionString: world.url });
    await client.connect();
    ends.push(() => client.end());
    await world.ask(`CREATE FUNCTION ${world.schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused'; END $$`);
    await using app = openApp("goes_on");
    await client.query("BEGIN");
    await client.query(`INSERT INTO ${orders} VALUES (8)`);
    await client.query(`SAVEPOINT test; CREATE TRIGGER refuse BEFORE INSERT ON ${world.schema}.messages
      FOR EACH ROW EXECUTE FUNCTION ${world.schema}.refuse()`);
    const refused = app.enqueue(sendReceipt, { order: 8 }, { transaction: client });
    await expect(refused).rejects.toMatchObject({ code: "broker_unavailable" });
    await client.query(`DROP TRIGGER refuse ON ${world.schema}.messages`);
    await client.query("COMMIT");
    expect(await world.ask(`SELECT count(*)::integer FROM ${orders} WHERE id = 8`)).toEqual([[1]]);
  });
});
