import type { Connection, SqlValue, Statement } from "../driver/connection.ts";

/** The rows that an insert has added, numbered up to `last` without a gap. */
export interface Inserted {
  readonly count: number;
  /** Without meaning when no row was added. */
  readonly last: number;
}

/**
 * Statements of one connection, each prepared once. The caller names the type of the rows. This is safe since the
 * tables are STRICT.
 */
export class Sql {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Returns how many rows it changed. */
  run(text: string, ...values: SqlValue[]): number {
    return Number(this.#statement(text).run(...values).changes);
  }

  /** Inserts into a table of numbered rows. */
  insert(text: string, ...values: SqlValue[]): Inserted {
    const { changes, lastInsertRowid } = this.#statement(text).run(...values);
    return { count: Number(changes), last: Number(lastInsertRowid) };
  }

  get<Row>(text: string, ...values: SqlValue[]): Row | undefined {
    return this.#statement(text).get(...values) as Row | undefined;
  }

  all<Row>(text: string, ...values: SqlValue[]): Row[] {
    return this.#statement(text).all(...values) as Row[];
  }

  /** Inside a transaction: undoes the changes of `work` when it returns `false`. */
  attempt(work: () => boolean): boolean {
    this.run("SAVEPOINT attempt");
    const isDone = work();
    if (!isDone) this.run("ROLLBACK TO attempt");
    this.run("RELEASE attempt");
    return isDone;
  }

  #statement(text: string): Statement {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}
