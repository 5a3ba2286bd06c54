import { type App, createApp, type Task } from "@jobs/core";
import { Client, Pool, type PoolConfig } from "pg";
import { migrateSchema } from "../src/index.ts";
import { PostgresWorld } from "./postgres-world.ts";

/** A schema with jobs and with a program's table of orders. A job whose id is `refused` cannot be stored. */
export class OrderWorld extends PostgresWorld {
  /** The table, by its full name. */
  readonly orders = `${this.schema}.orders`;
  readonly #ends: (() => Promise<unknown>)[] = [];

  static async open(url: string): Promise<OrderWorld> {
    const world = new OrderWorld(url);
    const { schema, orders } = world;
    await migrateSchema({ url, schema });
    await world.ask(`CREATE TABLE ${orders} (id integer PRIMARY KEY);
      CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused - by a trigger'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON ${schema}.messages FOR EACH ROW WHEN (NEW.id = 'refused')
        EXECUTE FUNCTION ${schema}.refuse()`);
    return world;
  }

  /** An app whose jobs go to one queue. Its first enqueue opens the queue, on another connection. */
  openApp(task: Task, queue: string): App {
    return createApp({ broker: this.broker(), tasks: [task], routes: { "*": queue } });
  }

  openPool(config: PoolConfig = {}): Pool {
    const pool = new Pool({ connectionString: this.url, ...config });
    this.endWith(() => pool.end());
    return pool;
  }

  async openClient(): Promise<Client> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    this.endWith(() => client.end());
    return client;
  }

  /** Ends something before the schema is removed. */
  endWith(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  /** The ids that wait in a queue. */
  async waiting(app: App, queue: string): Promise<readonly string[]> {
    const { messages } = await (await app.queue(queue)).peek({ state: "ready", limit: 100 });
    return messages.map(({ messageId }) => messageId);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) await end();
    await super[Symbol.asyncDispose]();
  }
}
