import { ConfigError } from "@jobs/core";
import { isObject } from "@jobs/core/runtime";

/** A statement with its parameters. */
export interface Query {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What is read of an object that a program passes as its transaction. */
export type Given = Readonly<Record<string, unknown>>;

/** A library whose transactions are taken. */
export interface TransactionLibrary {
  /** What its objects that are no transaction are called, for the refusal. */
  readonly root: string;
  /** How a program gets a transaction, for the hint. */
  readonly begin: string;
  /** Whether an object is one of the library: a transaction, or what begins one. */
  owns(given: Given): boolean;
  /** Whether the object is a transaction, which may have ended. */
  isTransaction(given: Given): boolean;
  /** Runs a statement within it. */
  run(given: Given, query: Query): Promise<unknown>;
  /** Whether the library itself says by an error that the transaction has ended. */
  saysEnded?(error: Error): boolean;
  /** The error of Postgres in one of the library, without the values of the statement. */
  readError?(error: Error): unknown;
}

/** The mark of Drizzle's classes. It is the same in all copies of Drizzle. */
const DRIZZLE = Symbol.for("drizzle:entityKind");

/** In the order in which an object is asked. The last one takes all that runs a statement by `query`. */
const LIBRARIES: readonly TransactionLibrary[] = [
  {
    root: "a database of Drizzle",
    begin: "Pass the `tx` of db.transaction(async (tx) => …).",
    owns: (given) => hasMethod(given, "execute") && DRIZZLE in Object(given.constructor),
    isTransaction: (given) => hasMethod(given, "rollback"),
    run: (given, query) => call(given, "execute", drizzleQuery(query)),
    readError: (error) => error.cause ?? error,
  },
  {
    root: "a database of Kysely",
    begin: "Pass the `trx` of db.transaction().execute(async (trx) => …).",
    owns: (given) => hasMethod(given, "executeQuery"),
    isTransaction: (given) => given.isTransaction === true,
    run: (given, query) => call(given, "executeQuery", kyselyQuery(query)),
    saysEnded: ({ message }) => /^Transaction is already (?:committed|rolled back)/.test(message),
  },
  {
    root: "a client of Prisma",
    begin: "Pass the `tx` of prisma.$transaction(async (tx) => …).",
    owns: (given) => hasMethod(given, "$queryRawUnsafe"),
    isTransaction: (given) => !hasMethod(given, "$connect"),
    run: (given, { text, values }) => call(given, "$queryRawUnsafe", text, ...values),
    saysEnded: (error) => "code" in error && error.code === "P2028",
    readError: prismaError,
  },
  {
    root: "an instance of Knex",
    begin: "Pass the `trx` of knex.transaction(async (trx) => …).",
    owns: (given) => typeof given === "function" && hasMethod(given, "raw"),
    isTransaction: (given) => given.isTransaction === true,
    run: (given, { text, values }) => call(given, "raw", text.replace(/\$\d+/g, "?"), values),
    saysEnded: ({ message }) => message.startsWith("Transaction query already complete"),
    readError: knexError,
  },
  {
    root: "a pool of pg",
    begin: "Pass the client of pool.connect(), between its BEGIN and its COMMIT.",
    owns: (given) => hasMethod(given, "query"),
    isTransaction: (given) => !("totalCount" in given),
    run: (given, { text, values }) => call(given, "query", text, values),
  },
];

/**
 * The library of a transaction.
 * @throws ConfigError for an object of no library, or one that is no transaction
 */
export function libraryOf(transaction: object): TransactionLibrary {
  const given = transaction as Given;
  const library = LIBRARIES.find(({ owns }) => owns(given));
  if (library === undefined) {
    throw new ConfigError("postgres: `transaction` is no transaction of a library that is known.", {
      hint: "Pass a client of pg, or a transaction of Drizzle, Kysely, Knex or Prisma, or { query(text, values) }.",
    });
  }
  if (library.isTransaction(given)) return library;
  throw new ConfigError(`postgres: \`transaction\` is ${library.root}, and no transaction.`, {
    hint: `${library.begin} Each statement of another object may run on another connection.`,
  });
}

/** The rows in an answer of any library. */
export function rowsOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  return isObject(answer) && Array.isArray(answer.rows) ? answer.rows : [];
}

function hasMethod(given: Given, name: string): boolean {
  return typeof given[name] === "function";
}

async function call(given: Given, name: string, ...values: readonly unknown[]): Promise<unknown> {
  const method = given[name] as (...values: readonly unknown[]) => unknown;
  return method.apply(given, [...values]);
}

/** What Drizzle's `sql` makes, as far as `execute` reads it: an object that is compiled by its `toQuery`. */
function drizzleQuery({ text, values }: Query): object {
  return { getSQL: () => ({ toQuery: () => ({ sql: text, params: [...values] }) }) };
}

/** What Kysely's `CompiledQuery.raw` makes. */
function kyselyQuery({ text, values }: Query): object {
  const query = { kind: "RawNode", sqlFragments: [text], parameters: [] };
  return { sql: text, parameters: values, query, queryId: { queryId: "jobs" } };
}

/** Knex writes the statement before the message, with the values in it. */
function knexError(error: Error): Error {
  const statement = error.message.lastIndexOf(" - ");
  if (statement !== -1) error.message = error.message.slice(statement + 3);
  return error;
}

/** Prisma has codes of its own. That of Postgres is beside them: flat, or in the error of the driver adapter. */
function prismaError(error: Error): Error {
  const meta = isObject(error) && isObject(error.meta) ? error.meta : {};
  const adapter = isObject(meta.driverAdapterError) ? meta.driverAdapterError.cause : undefined;
  const { originalCode, originalMessage } = isObject(adapter) ? adapter : {};
  const code = originalCode ?? meta.code;
  const read = new Error(String(originalMessage ?? meta.message ?? error.message));
  return code === undefined ? read : Object.assign(read, { code: String(code) });
}
