import { migrateSchema, postgres, postgresResults } from "@jobs/adapter-postgres";
import { startPostgresServer } from "@jobs/test-servers";
import type { Pool } from "pg";
import { openPool } from "../src/pool.ts";
import type { Shop } from "./one-transaction.ts";

/** A shop on Postgres, with the schemas of the program and of jobs. */
export interface PostgresShop extends Shop, AsyncDisposable {
  readonly url: string;
  readonly schema: string;
  readonly jobsSchema: string;
  /** Its connections, on the program's schema. */
  readonly pool: Pool;
  /** What the connections have reported. */
  readonly errors: readonly Error[];
}

/** Makes the tables of the program and of jobs. */
export async function openShop(): Promise<PostgresShop> {
  const server = await startPostgresServer();
  const { url } = server;
  const schema = `shop_${process.pid}`;
  const jobsSchema = `shop_jobs_${process.pid}`;
  await migrateSchema({ url, schema: jobsSchema });
  const errors: Error[] = [];
  const config = { connectionString: url, options: `-c search_path=${schema}` };
  const pool = openPool(config, (error) => errors.push(error));
  await pool.query(`
    CREATE SCHEMA ${schema};
    CREATE TABLE orders (id integer PRIMARY KEY);
    CREATE TABLE payments (
      id serial, order_id integer NOT NULL REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON ${jobsSchema}.messages FOR EACH ROW WHEN (NEW.id = 'refused')
      EXECUTE FUNCTION refuse()`);
  return {
    url,
    schema,
    jobsSchema,
    pool,
    errors,
    broker: () => postgres({ url, schema: jobsSchema }),
    results: () => postgresResults({ url, schema: jobsSchema }),
    column: async (table, name) => {
      const { rows } = await pool.query({
        text: `SELECT ${name} FROM ${table} ORDER BY 1`,
        rowMode: "array",
      });
      return rows.flat();
    },
    [Symbol.asyncDispose]: async () => {
      await pool.query(`DROP SCHEMA ${jobsSchema} CASCADE; DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Cuts the connections whose transactions have an order. */
export async function endOrders({ pool, schema }: PostgresShop): Promise<void> {
  const holders =
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = $1::regclass AND pid <> pg_backend_pid()";
  await pool.query(holders, [`${schema}.orders`]);
}
