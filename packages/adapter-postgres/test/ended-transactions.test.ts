import { createApp, defineTask, handle } from "@jobs/core";
import { hasPostgres } from "@jobs/test-servers";
import { drizzle } from "drizzle-orm/node-postgres";
import createKnex from "knex";
import { Kysely, PostgresDialect } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrderWorld } from "./order-world.ts";
import { sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

const sendReceipt = defineTask("send_receipt", { order: "integer" });

const ENDED = /it has not begun, or it has ended/;

describe.runIf(isAvailable)("a transaction that ends before its call does", () => {
  let world: OrderWorld;
  beforeAll(async () => {
    world = await OrderWorld.open(server.url);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const openApp = (queue: string) => world.openApp(sendReceipt, queue);

  const isStored = async (order: number): Promise<boolean> => {
    const rows = await world.ask(`SELECT id FROM ${world.orders} WHERE id = ${order}`);
    return (rows as readonly unknown[]).length === 1;
  };

  it.each(["ROLLBACK", "COMMIT"])("keeps no job where the next one begins at once after %s", async (end) => {
    const client = await world.openClient();
    const queue = `at_once_${end}`;
    const order = end === "COMMIT" ? 1 : 2;
    await using app = openApp(queue);
    await app.enqueue(sendReceipt, { order }, { id: "zero" });
    await client.query("BEGIN");
    const late = ["one", "two"].map((id) => app.enqueue(sendReceipt, { order }, { id, transaction: client }));
    const next = [end, "BEGIN", `INSERT INTO ${world.orders} VALUES (${order})`].map((text) =>
      client.query(text),
    );
    await Promise.all(late.map((call) => expect(call).rejects.toThrow(ENDED)));
    await Promise.all(next);
    await client.query("COMMIT");
    expect(await world.waiting(app, queue)).toEqual(["zero"]);
    expect(await isStored(order)).toBe(true);
  });

  /** Functions that run `work` in a transaction. All of a library have one connection. */
  const libraries: Readonly<Record<string, () => (work: (tx: object) => Promise<void>) => Promise<unknown>>> =
    {
      pg: () => {
        const pool = world.openPool({ max: 1 });
        return async (work) => {
          const client = await pool.connect();
          try {
            await client.query("BEGIN");
            await work(client);
            await client.query("COMMIT");
          } catch (error) {
            await client.query("ROLLBACK");
            throw error;
          } finally {
            client.release();
          }
        };
      },
      Drizzle: () => {
        const db = drizzle({ client: world.openPool({ max: 1 }) });
        return (work) => db.transaction(work);
      },
      Kysely: () => {
        const db = new Kysely<unknown>({
          dialect: new PostgresDialect({ pool: world.openPool({ max: 1 }) }),
        });
        return (work) => db.transaction().execute(work);
      },
      Knex: () => {
        const knex = createKnex({ client: "pg", connection: world.url, pool: { min: 1, max: 1 } });
        world.endWith(() => knex.destroy());
        return (work) => knex.transaction(work);
      },
    };

  it.each(Object.entries(libraries))("of %s keeps no job with the next one", async (name, open) => {
    const queue = `next_${name}`;
    await using app = openApp(queue);
    const transact = open();
    const late: Promise<unknown>[] = [];
    // No card is a fault of the program, which rolls back before the two enqueues have ended.
    const first = transact(async (transaction) => {
      for (const id of ["one", "two"]) late.push(app.enqueue(sendReceipt, { order: 1 }, { id, transaction }));
      await Promise.all([...late, Promise.reject(new Error("no card"))]);
    });
    const settled = Promise.allSettled(late);
    await expect(first).rejects.toThrow("no card");
    await transact(async (transaction) => {
      for (const call of await Promise.allSettled(late)) {
        expect(call).toMatchObject({ status: "rejected", reason: { message: expect.stringMatching(ENDED) } });
      }
      await app.enqueue(sendReceipt, { order: 2 }, { id: "of_next", transaction });
    });
    await settled;
    expect(await world.waiting(app, queue)).toEqual(["of_next"]);
  });

  it("does not spoil the next one, whose rows are committed", async () => {
    const client = await world.openClient();
    const queue = await world.broker().openQueue("spoiled");
    const begunAfter = (statement: string) => ({
      query: async (text: string, values: unknown[]) => {
        const answer = await client.query(text, values);
        if (text.startsWith(statement)) await client.query("ROLLBACK").then(() => client.query("BEGIN"));
        return answer;
      },
    });
    for (const [index, statement] of ["SELECT pg_current", "SAVEPOINT"].entries()) {
      await client.query("BEGIN");
      const message = { id: "late", label: "late", body: "{}" };
      const options = { transaction: begunAfter(statement), orderKeys: ["ada", "bob"] };
      await expect(queue.send([message], options)).rejects.toThrow(ENDED);
      await client.query(`INSERT INTO ${world.orders} VALUES ($1)`, [10 + index]);
      await client.query("COMMIT");
      expect(await isStored(10 + index)).toBe(true);
    }
    expect((await queue.stats()).ready.n).toBe(0);
  });

  it("leaves the end of a job to its own transaction", async () => {
    const client = await world.openClient();
    const outcomes: unknown[] = [];
    await using app = createApp({
      broker: world.broker(),
      tasks: [sendReceipt],
      routes: { "*": "ends" },
      handlers: [
        handle(sendReceipt, async (_, ctx) => {
          await client.query("BEGIN");
          const late = ctx.transaction(client).catch((error: Error) => error.message);
          await Promise.all(["ROLLBACK", "BEGIN"].map((statement) => client.query(statement)));
          outcomes.push(await late);
          await client.query("COMMIT");
        }),
      ],
    });
    await app.enqueue(sendReceipt, { order: 7 });
    const report = await app.worker({ until: { type: "drained" } }).run();
    expect(report).toMatchObject({ succeeded: 1, retried: 0 });
    expect(outcomes).toEqual([expect.stringMatching(ENDED)]);
  });

  it("a refused job leaves no savepoint behind", async () => {
    const client = await world.openClient();
    await using app = openApp("savepoints");
    await client.query("BEGIN");
    await client.query("SAVEPOINT jobs");
    await client.query(`INSERT INTO ${world.orders} VALUES (20)`);
    const refused = app.enqueue(sendReceipt, { order: 1 }, { id: "refused", transaction: client });
    await expect(refused).rejects.toThrow();
    await client.query("ROLLBACK TO SAVEPOINT jobs");
    await client.query("COMMIT");
    expect(await isStored(20)).toBe(false);
  });

  it("a job is stored that is enqueued just when another one is refused", async () => {
    const client = await world.openClient();
    await using app = openApp("beside");
    let beside: Promise<unknown> | undefined;
    const transaction = {
      query: (text: string, values: unknown[]) => {
        const answer = client.query(text, values);
        // Its first statement waits behind the one that fails.
        if (text.includes("send_messages"))
          beside ??= app.enqueue(sendReceipt, { order: 2 }, { id: "beside", transaction });
        return answer;
      },
    };
    await client.query("BEGIN");
    const refused = app.enqueue(sendReceipt, { order: 1 }, { id: "refused", transaction });
    await expect(refused).rejects.toThrow();
    await beside;
    await client.query("COMMIT");
    expect(await world.waiting(app, "beside")).toEqual(["beside"]);
  });
});
