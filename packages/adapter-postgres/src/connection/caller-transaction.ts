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

/** How a call is held to one transaction of the caller. */
export interface HeldTo {
  readonly transaction: object;
  /** Which one it is, read when the caller made the call. */
  readonly id: Promise<unknown>;
  /** That of the broker, for errors. */
  readonly address: string;
}

/** Reads of transactions that are under way. */
const reads = new WeakMap<object, Promise<string>>();

/** The last call of each transaction. */
const calls = new WeakMap<object, { readonly id: Promise<unknown>; readonly answer: Promise<unknown> }>();

/**
 * The number of the transaction that is open on the caller's object. The statement is passed on before this returns, so
 * what the caller passes on later comes after it. Nobody has to handle its rejection.
 */
export function readTransactionId(transaction: object): Promise<string> {
  const pending = reads.get(transaction);
  // Its statement is not answered yet. So the caller has not seen an end of the transaction either.
  if (pending !== undefined) return pending;
  const read = askTransactionId(transaction, calls.get(transaction)?.id);
  reads.set(transaction, read);
  const forget = () => reads.delete(transaction);
  read.then(forget, forget);
  return read;
}

async function askTransactionId(
  transaction: object,
  ofLastCall: Promise<unknown> | undefined,
): Promise<string> {
  const library = libraryOf(transaction);
  try {
    const [row] = await runnerOf(transaction, library)("SELECT pg_current_xact_id()::text AS id");
    if (row === undefined) throw withoutRows();
    return (row as { readonly id: string }).id;
  } catch (error) {
    // A call before has failed, and its savepoint is not restored yet. If it is not that, this id fits nothing.
    if (ofLastCall !== undefined && codeOf(library, error) === FAILED_TRANSACTION) {
      return (await ofLastCall) as string;
    }
    throw error;
  }
}

/**
 * Calls functions of the schema within an open transaction of the caller, and returns the row of the last one. When a
 * call fails it leaves nothing in the transaction, which can go on. It never runs in another transaction, also when this
 * one ends meanwhile. Each query is a SELECT without a condition, and without an aggregate: that has a row in any case.
 * @throws ConfigError for an object that is no transaction, or none that is open; and what Postgres refuses
 */
export async function queryWithin<Row>(heldTo: HeldTo, queries: readonly Query[]): Promise<Row> {
  const { transaction, id, address } = heldTo;
  const library = libraryOf(transaction);
  return inTurn(transaction, id, async () => {
    try {
      return (await callGuarded(runnerOf(transaction, library), await id, queries)) as Row;
    } catch (error) {
      throw readRefusal(library, address, error);
    }
  });
}

type Run = (text: string, values?: readonly unknown[]) => Promise<readonly unknown[]>;

function runnerOf(transaction: object, library: TransactionLibrary): Run {
  return async (text, values = []) => rowsOf(await library.run(transaction as Given, { text, values }));
}

/**
 * The program may end its transaction between two of our statements, and begin another one on the same connection. So
 * each call is made only where the number of the transaction is still the same.
 */
async function callGuarded(run: Run, id: unknown, queries: readonly Query[]): Promise<unknown> {
  await run("SAVEPOINT jobs");
  let row: unknown;
  for (const { text, values } of queries) {
    const guarded = `${text} WHERE pg_current_xact_id()::text = $${values.length + 1}`;
    [row] = await run(guarded, [...values, id]).catch(async (error: unknown) => {
      await undo(run).catch(() => undefined);
      throw error;
    });
    // The savepoint is gone with its transaction. Another transaction may be open by now, which an error would spoil.
    if (row === undefined) throw notOpen();
  }
  await run("RELEASE SAVEPOINT jobs");
  return row;
}

/** Also ends the savepoint, which would hide one of the program with its name. */
async function undo(run: Run): Promise<void> {
  await run("ROLLBACK TO SAVEPOINT jobs");
  await run("RELEASE SAVEPOINT jobs");
}

/** Calls of one transaction wait for each other: the savepoint of one would end that of another. */
function inTurn<T>(transaction: object, id: Promise<unknown>, call: () => Promise<T>): Promise<T> {
  const answer = (calls.get(transaction)?.answer ?? Promise.resolve()).then(call);
  calls.set(transaction, { id, answer: answer.catch(() => undefined) });
  return answer;
}

function readRefusal(library: TransactionLibrary, address: string, thrown: unknown): Error {
  if (!isError(thrown)) return postgresFault(thrown, { role: undefined, address, waitedMs: 0 });
  if (thrown instanceof ConfigError) return thrown;
  if (library.saysEnded?.(thrown)) return notOpen(thrown);
  const error = library.readError?.(thrown) ?? thrown;
  const code = codeOf(library, thrown);
  if (code === NO_TRANSACTION) return notOpen(error);
  if (code === FAILED_TRANSACTION) return hasFailed(error);
  if (isMissingTable(error)) return isElsewhere(address, error);
  return postgresFault(error, { role: undefined, address, waitedMs: 0 });
}

function codeOf(library: TransactionLibrary, thrown: unknown): unknown {
  const error = isError(thrown) ? (library.readError?.(thrown) ?? thrown) : undefined;
  return isError(error) && "code" in error ? error.code : undefined;
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
