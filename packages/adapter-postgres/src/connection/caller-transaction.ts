import { ConfigError } from "@jobs/core";
import { isError } from "@jobs/core/runtime";
import { isMissingTable, postgresFault } from "./postgres-fault.ts";
import {
  type Given,
  libraryOf,
  type Query,
  rowsOf,
  type TransactionLibrary,
} from "./transaction-libraries.ts";

/** SQLSTATE of a savepoint outside of a transaction. */
const NO_TRANSACTION = "25P01";

/** SQLSTATE of a statement in a transaction that has failed. */
const FAILED_TRANSACTION = "25P02";

/**
 * Calls a function of the schema within the open transaction of the caller, and returns its row. When the call fails it
 * leaves nothing in the transaction, which can go on. It never runs outside of that transaction, also when the
 * transaction ends meanwhile. `address` is the broker's, for errors. `query` is a SELECT without a condition.
 * @throws ConfigError for an object that is no transaction, or none that is open; and what Postgres refuses
 */
export async function queryWithin<Row>(transaction: object, address: string, query: Query): Promise<Row> {
  const library = libraryOf(transaction);
  const run: Run = async (text, values = []) =>
    rowsOf(await library.run(transaction as Given, { text, values }));
  return inTurn(transaction, async () => {
    try {
      return (await callGuarded(run, query)) as Row;
    } catch (error) {
      throw readRefusal(library, address, error);
    }
  });
}

type Run = (text: string, values?: readonly unknown[]) => Promise<readonly unknown[]>;

/**
 * The program may end its transaction between two of our statements. Then the call would run in a transaction of its
 * own, and a rollback would not undo it. So the call is made only where the number of the transaction is still the same.
 */
async function callGuarded(run: Run, { text, values }: Query): Promise<unknown> {
  const [before] = (await run("SELECT pg_current_xact_id()::text AS id")) as readonly {
    readonly id: string;
  }[];
  if (before === undefined) throw withoutRows();
  const guarded = `${text} WHERE pg_current_xact_id()::text = $${values.length + 1}`;
  await run("SAVEPOINT jobs");
  const [row] = await run(guarded, [...values, before.id]).catch(async (error: unknown) => {
    await run("ROLLBACK TO SAVEPOINT jobs").catch(() => undefined);
    throw error;
  });
  // The savepoint is gone with its transaction. Another transaction may be open by now, which an error would spoil.
  if (row === undefined) throw notOpen();
  await run("RELEASE SAVEPOINT jobs");
  return row;
}

/** The last call of each transaction. */
const calls = new WeakMap<object, Promise<unknown>>();

/** Calls of one transaction wait for each other: the savepoint of one would end that of another. */
function inTurn<T>(transaction: object, call: () => Promise<T>): Promise<T> {
  const answer = (calls.get(transaction) ?? Promise.resolve()).then(call);
  calls.set(
    transaction,
    answer.catch(() => undefined),
  );
  return answer;
}

function readRefusal(library: TransactionLibrary, address: string, thrown: unknown): Error {
  if (!isError(thrown)) return postgresFault(thrown, { role: undefined, address, waitedMs: 0 });
  if (thrown instanceof ConfigError) return thrown;
  if (library.saysEnded?.(thrown)) return notOpen(thrown);
  const error = library.readError?.(thrown) ?? thrown;
  const code = isError(error) && "code" in error ? error.code : undefined;
  if (code === NO_TRANSACTION) return notOpen(error);
  if (code === FAILED_TRANSACTION) return hasFailed(error);
  if (isMissingTable(error)) return isElsewhere(address, error);
  return postgresFault(error, { role: undefined, address, waitedMs: 0 });
}

function notOpen(cause?: unknown): ConfigError {
  return new ConfigError("postgres: `transaction` is not open: it has not begun, or it has ended.", {
    cause,
    hint: "Pass it between its begin and its commit, and await the call before the commit.",
  });
}

function isElsewhere(address: string, cause: unknown): ConfigError {
  return new ConfigError("postgres: the database of `transaction` has no tables of jobs, or older ones.", {
    cause,
    hint: `Begin it in the database of the broker, ${address}.`,
  });
}

function withoutRows(): ConfigError {
  return new ConfigError("postgres: a SELECT in `transaction` has returned no rows.", {
    hint: "query(text, values) of a transaction resolves with the rows, or with { rows }.",
  });
}

function hasFailed(cause: unknown): ConfigError {
  return new ConfigError("postgres: `transaction` has failed already: a statement before was refused.", {
    cause,
    hint: "Roll it back. Nothing of it is stored.",
  });
}
