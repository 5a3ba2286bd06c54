import { type Connect, type Connection, resultCode, type SqlValue, type Statement } from "./connection.ts";

/** `DatabaseSync` of `node:sqlite`, as far as it is used. The package for older Node has the same class. */
export interface DatabaseSync {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
  /** Missing before Node 22.16. */
  readonly isTransaction?: boolean;
}

/** The same statement, with its parameters by name. */
interface NamedStatement {
  run(values: NamedValues): ReturnType<Statement["run"]>;
  get(values: NamedValues): unknown;
  all(values: NamedValues): unknown[];
}

type NamedValues = Readonly<Record<string, SqlValue>>;

/** Opens a database, in a file or `:memory:`. */
export type DatabaseClass = new (path: string) => DatabaseSync;

/** SQLite's code for a rollback without a transaction, and for other wrong statements. */
const SQLITE_ERROR = 1;

/** SQLite's code for a parameter that is not there. */
const SQLITE_RANGE = 25;

/** Makes a driver's class the one that this package uses. */
export function connecting(Driver: DatabaseClass): Connect {
  return class DriverConnection extends Driver implements Connection {
    rollback(): void {
      if (this.isTransaction === false) return;
      try {
        this.exec("ROLLBACK");
      } catch (error) {
        const isNone = this.isTransaction === undefined && resultCode(error) === SQLITE_ERROR;
        if (!isNone) throw error;
      }
    }
  };
}

/**
 * Makes `?1` mean the first value also in Node before 22.20, and in 24 before 24.7. There a parameter with a number is
 * bound only by its name.
 */
export function bindingNumbers(Driver: Connect): Connect {
  if (bindsNumbers(Driver)) return Driver;
  return class NamingConnection extends Driver {
    override prepare(sql: string): Statement {
      return bindByName(super.prepare(sql), sql);
    }
  };
}

/** The same statement, which gets its numbered parameters by their names. */
export function bindByName(prepared: Statement, sql: string): Statement {
  const statement = prepared as Statement & NamedStatement;
  const names = [...new Set(sql.match(/\?\d+/g))];
  if (names.length === 0) return statement;
  const named = (values: readonly SqlValue[]): NamedValues =>
    Object.fromEntries(names.map((name) => [name, values[Number(name.slice(1)) - 1] ?? null]));
  return {
    run: (...values) => statement.run(named(values)),
    get: (...values) => statement.get(named(values)),
    all: (...values) => statement.all(named(values)),
  };
}

/** Whether a driver binds parameters with a number by their position. */
export function bindsNumbers(Driver: DatabaseClass): boolean {
  const database = new Driver(":memory:");
  try {
    database.prepare("SELECT ?1").get(1);
    return true;
  } catch (error) {
    if (resultCode(error) === SQLITE_RANGE) return false;
    throw error;
  } finally {
    database.close();
  }
}
