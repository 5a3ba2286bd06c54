import { hasPostgres } from "@jobs/test-servers";
import { drizzle } from "drizzle-orm/node-postgres";
import createKnex, { type Knex } from "knex";
import { Kysely, PostgresDialect } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as byDrizzle from "../src/drizzle.ts";
import * as byKnex from "../src/knex.ts";
import * as byKysely from "../src/kysely.ts";
import * as byPg from "../src/pg.ts";
import { checkCompletion, checkEnqueue, checkRefusal, type Library } from "./one-transaction.ts";
import { endOrders, openShop, type PostgresShop } from "./postgres-shop.ts";

const isAvailable = await hasPostgres();

describe.runIf(isAvailable)("one transaction on Postgres", () => {
  let shop: PostgresShop;
  let knex: Knex;

  beforeAll(async () => {
    shop = await openShop();
    const options = `-c search_path=${shop.schema}`;
    knex = createKnex({ client: "pg", connection: { connectionString: shop.url, options } });
  });

  beforeEach(() => shop.pool.query("TRUNCATE orders, payments"));

  afterAll(async () => {
    await knex.destroy();
    await shop[Symbol.asyncDispose]();
  });

  const libraries: Readonly<Record<string, () => Library>> = {
    pg: () => ({
      placeOrder: (app, order) => byPg.placeOrder(app, shop.pool, order),
      pay: byPg.payByPg(shop.pool),
    }),
    Drizzle: () => {
      const db = drizzle({ client: shop.pool });
      return {
        placeOrder: (app, order) => byDrizzle.placeOrder(app, db, order),
        pay: byDrizzle.payByDrizzle(db),
      };
    },
    Kysely: () => {
      const db = new Kysely<byKysely.Shop>({ dialect: new PostgresDialect({ pool: shop.pool }) });
      return {
        placeOrder: (app, order) => byKysely.placeOrder(app, db, order),
        pay: byKysely.payByKysely(db),
      };
    },
    Knex: () => ({
      placeOrder: (app, order) => byKnex.placeOrder(app, knex, order),
      pay: byKnex.payByKnex(knex),
    }),
  };

  describe.each(Object.entries(libraries))("%s", (name, open) => {
    it("the job exists if and only if the transaction commits", () =>
      checkEnqueue(shop, `${name}_enqueue`, open()));

    it("a refused job leaves the transaction usable", () => checkRefusal(shop, `${name}_refusal`, open()));

    it("a handler's rows, its follow-up and the end of its job are one", () =>
      checkCompletion(shop, `${name}_completion`, open()));
  });

  // Knex listens to its connections by itself.
  it.each(["pg", "Drizzle", "Kysely"])(
    "%s: a connection cut between two statements fails the order alone",
    async (name) => {
      const library = libraries[name]?.();
      const reported = shop.errors.length;
      const enqueue = async () => {
        await endOrders(shop);
        await vi.waitFor(() => expect(shop.errors.length).toBeGreaterThan(reported), { timeout: 20_000 });
        throw new Error("no card");
      };
      await expect(library?.placeOrder({ enqueue }, 6)).rejects.toThrow();
      expect(await shop.column("orders", "id")).toEqual([]);
    },
  );
});
