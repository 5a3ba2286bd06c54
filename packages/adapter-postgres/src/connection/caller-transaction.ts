import { ConfigError } from "@jobs/core";
import { isError, isObject } from "@jobs/core/runtime";
import { postgresFault } from "./postgres-fault.ts";

/** A statement with its parameters. */
interface Query {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Run = (query: Query) => Promise<readonly unknown[]>;

/** SQLSTATE of a savepoint outside of a transaction. */
const NO_TRANSACTION = "25P01";

/** SQLSTATE of a statement in a transaction that has failed. */
const FAILED_TRANSACTION = "25P02";

/**
 * Runs a statement within the open transaction of the caller, and returns its rows. When the statement fails it leaves
 * nothing in the transaction, which can go on. `address` is the broker's, for errors.
 * @throws ConfigError for an object that is no transaction, or none that is open; and what Postgres refuses
 */
export async function queryWithin<Row>(
  transaction: object,
  address: string,
  query: Query,
): Promise<readonly Row[]> {
  const run = runnerOf(transaction);
  try {
    await run({ text: "SAVEPOINT jobs", values: [] });
    try {
      const rows = await run(query);
      await run({ text: "RELEASE SAVEPOINT jobs", values: [] });
      return rows as readonly Row[];
    } catch (error) {
      await run({ text: "ROLLBACK TO SAVEPOINT jobs", values: [] }).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    const code = isError(error) && "code" in error ? error.code : undefined;
    if (code === NO_TRANSACTION || code === FAILED_TRANSACTION) throw notOpen(error);
    throw postgresFault(error, { role: undefined, address, waitedMs: 0 });
  }
}

/** How each library runs a statement within its transaction. A function is a transaction of Knex. */
function runnerOf(transaction: object): Run {
  const given = transaction as Partial<Transactions>;
  if (typeof given.query === "function") {
    const { query } = given;
    return async ({ text, values }) => rowsOf(await query.call(transaction, text, values));
  }
  if (typeof given.executeQuery === "function") {
    const { executeQuery } = given;
    return async (query) => rowsOf(await executeQuery.call(transaction, compiled(query)));
  }
  if (typeof given.$queryRawUnsafe === "function") {
    const { $queryRawUnsafe } = given;
    return async ({ text, values }) => rowsOf(await $queryRawUnsafe.call(transaction, text, ...values));
  }
  if (typeof given.raw === "function") {
    const { raw } = given;
    return async ({ text, values }) =>
      rowsOf(await raw.call(transaction, text.replace(/\$\d+/g, "?"), values));
  }
  throw new ConfigError("postgres: `transaction` is no transaction of a library that is known.", {
    hint: "Pass a client of pg, or a transaction of Kysely, Knex or Prisma, or { query(text, values) }.",
  });
}

/** The calls of the libraries by which their transactions are told apart. */
interface Transactions {
  /** pg, and everything that behaves like its client. */
  query(text: string, values: readonly unknown[]): Promise<unknown>;
  /** Kysely. */
  executeQuery(query: object): Promise<unknown>;
  /** Prisma. */
  $queryRawUnsafe(text: string, ...values: readonly unknown[]): Promise<unknown>;
  /** Knex. */
  raw(text: string, values: readonly unknown[]): Promise<unknown>;
}

/** What `CompiledQuery.raw` of Kysely makes. */
function compiled({ text, values }: Query): object {
  const query = { kind: "RawNode", sqlFragments: [text], parameters: [] };
  return { sql: text, parameters: values, query, queryId: { queryId: "jobs" } };
}

function rowsOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  return isObject(answer) && Array.isArray(answer.rows) ? answer.rows : [];
}

function notOpen(cause: unknown): ConfigError {
  return new ConfigError("postgres: `transaction` is not open, or has failed already.", {
    cause,
    hint: "Pass the client or the transaction between BEGIN and COMMIT, not a pool.",
  });
}
