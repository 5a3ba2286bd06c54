import { createApp, defineTask, handle } from "@jobs/core";
import { hasPostgres } from "@jobs/test-servers";
import { sql as drizzleSql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import createKnex from "knex";
import { Kysely, PostgresDialect, sql } from "kysely";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrderWorld } from "./order-world.ts";
import { sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

const sendReceipt = defineTask("send_receipt", { order: "integer", to: "string?" }, { backoff: 100 });

describe.runIf(isAvailable)("jobs in a transaction of the program", () => {
  let world: OrderWorld;
  beforeAll(async () => {
    world = await OrderWorld.open(server.url);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const openApp = (queue: string) => world.openApp(sendReceipt, queue);

  /** A library: what no transaction is, and a transaction that `work` gets. */
  interface Library {
    readonly root: object;
    transact(work: (transaction: object) => Promise<void>): Promise<unknown>;
    /** Fails once, within a transaction. */
    fail(transaction: never): Promise<unknown>;
  }

  const libraries: Readonly<Record<string, () => Library>> = {
    pg: () => {
      const pool = world.openPool();
      return {
        root: pool,
        transact: async (work) => {
          const client = await world.openClient();
          await client.query("BEGIN");
          await work(client);
          await client.query("COMMIT");
        },
        fail: (client: Client) => client.query("SELECT 1 / 0"),
      };
    },
    Drizzle: () => {
      const db = drizzle({ client: world.openPool() });
      return {
        root: db,
        transact: (work) => db.transaction(work),
        fail: (tx: typeof db) => tx.execute(drizzleSql`SELECT 1 / 0`),
      };
    },
    Kysely: () => {
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: world.openPool() }) });
      return {
        root: db,
        transact: (work) => db.transaction().execute(work),
        fail: (trx: typeof db) => sql`SELECT 1 / 0`.execute(trx),
      };
    },
    Knex: () => {
      const knex = createKnex({ client: "pg", connection: world.url });
      world.endWith(() => knex.destroy());
      return {
        root: knex,
        transact: (work) => knex.transaction(work),
        fail: async (trx: typeof knex) => trx.raw("SELECT 1 / 0"),
      };
    },
  };

  describe.each(Object.entries(libraries))("of %s", (name, open) => {
    const queue = `of_${name}`;

    it("is refused once it has ended, or has failed, and where it is none", async () => {
      const { root, transact, fail } = open();
      await using app = openApp(queue);
      const send = (transaction: object) => app.enqueue(sendReceipt, { order: 1 }, { transaction });
      await expect(send(root)).rejects.toThrow(/is (?:a|an) .*, and no transaction/);
      let ended: object = {};
      await transact(async (transaction) => {
        await send(transaction);
        ended = transaction;
      });
      await expect(send(ended)).rejects.toThrow(/it has not begun, or it has ended/);
      const failed = transact(async (transaction) => {
        await expect(fail(transaction as never)).rejects.toThrow();
        await expect(send(transaction)).rejects.toThrow(/has failed already/);
        throw new Error("rolled back");
      });
      if (name !== "pg") await expect(failed).rejects.toThrow("rolled back");
      else await failed.catch(() => undefined);
      expect(await world.waiting(app, queue)).toHaveLength(1);
    });

    it("goes on after a job that is refused, also beside others at the same time", async () => {
      const { transact } = open();
      await using app = openApp(`${queue}_refused`);
      const params = { order: 2, to: "ada@example.org" };
      await transact(async (transaction) => {
        const all = ["first", "refused", "second"].map((id) =>
          app.enqueue(sendReceipt, params, { id, transaction }).then(
            () => undefined,
            (error: Error) => error,
          ),
        );
        const [first, refused, second] = await Promise.all(all);
        expect([first, second]).toEqual([undefined, undefined]);
        expect(refused).toMatchObject({ code: "broker_unavailable", cause: { message: /by a trigger$/ } });
        const texts = [refused, refused?.cause].map((error) => `${error} ${(error as Error).stack}`);
        expect(texts.join()).not.toContain("ada@example.org");
      });
      expect(await world.waiting(app, `${queue}_refused`)).toEqual(["first", "second"]);
    });
  });

  it("jobs that are enqueued at once keep their order, also in a new queue", async () => {
    const client = await world.openClient();
    await using app = openApp("in_order");
    const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`);
    await client.query("BEGIN");
    await Promise.all(ids.map((id) => app.enqueue(sendReceipt, { order: 8 }, { id, transaction: client })));
    await client.query("COMMIT");
    expect(await world.waiting(app, "in_order")).toEqual(ids);
  });

  it("an enqueue that the program did not await is not stored after a rollback", async () => {
    const client = await world.openClient();
    await using app = openApp("late");
    /** The program rolls back while the enqueue is between two of its statements. */
    const rolledBackAfter = (statement: string) => ({
      query: async (text: string, values: unknown[]) => {
        const answer = await client.query(text, values);
        if (text.startsWith(statement)) await client.query("ROLLBACK");
        return answer;
      },
    });
    for (const statement of ["SELECT pg_current", "SAVEPOINT"]) {
      await client.query("BEGIN");
      const transaction = rolledBackAfter(statement);
      const late = app.enqueue(sendReceipt, { order: 6 }, { transaction });
      await expect(late).rejects.toThrow(/it has not begun, or it has ended/);
    }
    expect(await world.waiting(app, "late")).toEqual([]);
  });

  it("a handler's rows and the end of its job are one", async () => {
    const client = await world.openClient();
    const app = createApp({
      broker: world.broker(),
      tasks: [sendReceipt],
      routes: { "*": "ends" },
      handlers: [
        handle(sendReceipt, async ({ order }, ctx) => {
          await client.query("BEGIN");
          await client.query(`INSERT INTO ${world.orders} VALUES ($1)`, [order]);
          await ctx.transaction(client, { paid: order });
          await client.query(ctx.attempt === 1 ? "ROLLBACK" : "COMMIT");
          if (ctx.attempt === 2) throw new Error("after the commit");
        }),
      ],
    });
    await app.enqueue(sendReceipt, { order: 7 });
    const report = await app.worker({ until: { type: "drained" } }).run();
    expect(report).toMatchObject({ succeeded: 1, retried: 1, dead: 0 });
    expect(await world.ask(`SELECT count(*)::integer FROM ${world.orders} WHERE id = 7`)).toEqual([[1]]);
    await app.close();
  });

  it("a client outside of a transaction is refused, and what runs no statements", async () => {
    await using app = openApp("refused");
    const send = (transaction: object) => app.enqueue(sendReceipt, { order: 1 }, { transaction });
    await expect(send(await world.openClient())).rejects.toMatchObject({ code: "invalid_config" });
    await expect(send({ begin: true })).rejects.toThrow(/no transaction of a library/);
    await expect(send({ query: async () => undefined })).rejects.toThrow(/has returned no rows/);
    expect((await (await app.queue("refused")).stats()).ready.n).toBe(0);
  });

  it("a transaction in a database without the tables of jobs is told so", async () => {
    await using app = openApp("elsewhere");
    await app.enqueue(sendReceipt, { order: 1 });
    const client = await world.openClient();
    await client.query(`BEGIN; ALTER SCHEMA ${world.schema} RENAME TO ${world.schema}_away`);
    const sending = app.enqueue(sendReceipt, { order: 1 }, { transaction: client });
    await expect(sending).rejects.toThrow(/database of `transaction` has no tables of jobs/);
    await client.query("ROLLBACK");
  });
});
