import { type App, handle } from "@jobs/core";
import { Kysely, SqliteDialect } from "kysely";
import type { Shop } from "../kysely.ts";
import { payOrder, sendReceipt } from "../tasks.ts";
import type { DatabaseSync, Value } from "./database-sync.ts";

/** A database of Kysely, and the connection that it works on. */
export interface KyselyShop {
  readonly db: Kysely<Shop>;
  readonly connection: DatabaseSync;
}

// #region open
/** Kysely on a connection that jobs can share. That of better-sqlite3 brings another copy of SQLite. */
export function openKysely(connection: DatabaseSync): KyselyShop {
  const dialect = new SqliteDialect({ database: likeBetterSqlite3(connection) });
  return { db: new Kysely({ dialect }), connection };
}

/** The form of better-sqlite3, which Kysely expects. */
function likeBetterSqlite3(connection: DatabaseSync) {
  return {
    close: () => connection.close(),
    prepare(sql: string) {
      const statement = connection.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => statement.all(...(values as Value[])),
        run: (values: readonly unknown[]) => statement.run(...(values as Value[])),
        iterate: (values: readonly unknown[]) => statement.iterate(...(values as Value[])),
      };
    },
  };
}
// #endregion

// #region enqueue
/** Stores the order and the job that mails its receipt: both, or neither. */
export function placeOrder(app: Pick<App, "enqueue">, { db, connection }: KyselyShop, order: number) {
  return db.transaction().execute(async (trx) => {
    await trx.insertInto("orders").values({ id: order }).execute();
    await app.enqueue(sendReceipt, { order }, { transaction: connection });
  });
}
// #endregion

// #region complete
/** Stores the payment, the job that mails its receipt, and the end of its own job: all of them, or nothing. */
export const payByKysely = ({ db, connection }: KyselyShop) =>
  handle(payOrder, ({ order }, ctx) =>
    db.transaction().execute(async (trx) => {
      await trx.insertInto("payments").values({ order_id: order }).execute();
      await ctx.enqueue(sendReceipt, { order }, { transaction: connection });
      await ctx.transaction(connection, { paid: order });
    }),
  );
// #endregion
