import { BrokerUnavailableError, ConfigError, isJobsError, type JobsError } from "@jobs/core";
import { AccessDeniedError, type BrokerTarget, connectionCause, isUntrustedServer } from "@jobs/core/broker";
import { isError } from "@jobs/core/runtime";
import { accessFor, howToGrant } from "../schema/grants.ts";

/** The name of this store in errors and settings. */
export const KIND = "postgres";

/** How to create the tables, for every error about missing tables. */
export const HOW_TO_MIGRATE =
  'Run "jobs schema migrate" as the owner of the database, then "jobs schema grants ROLE" for the role of the workers.';

/** The server of an error. */
export interface PostgresTarget {
  /** Its role, if it is not the broker: `results store`. */
  readonly role: string | undefined;
  /** As `addressOf` writes it. */
  readonly address: string;
  /** How long an answer is waited for, in ms. */
  readonly waitedMs: number;
  /** Whether messages may be stored although no answer came. Default false. */
  readonly maybeSent?: boolean;
}

/**
 * Classes of SQLSTATE for temporary faults. The connection is gone, or a lock, a statement or a transaction took too
 * long. Or the server is out of space, a standby, starting or stopping
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const PASSING = /^(?:08|25006|25P0[34]|26|40|42P05|53|55P03|57|58|XX)/;

/** Converts an error of the driver or of Postgres. */
export function postgresFault(error: unknown, server: PostgresTarget): JobsError {
  const { role, address, waitedMs, maybeSent = false } = server;
  if (isJobsError(error)) return error;
  forgetValues(error);
  const code = codeOf(error);
  const target = { broker: KIND, role };
  if (isUntrustedServer(error)) {
    return new AccessDeniedError(target, `the certificate of ${address} is not trusted.`, {
      cause: error,
      hint: "Name its authority: connection: { ssl: { ca } }, or NODE_EXTRA_CA_CERTS.",
    });
  }
  if (code === undefined || !isSqlState(code)) {
    const { text, hint } = isTlsRefused(error)
      ? NO_TLS
      : connectionCause(error, isLost(error) ? undefined : waitedMs);
    return new BrokerUnavailableError(target, `no connection to Postgres at ${address}: ${text}.`, {
      cause: error,
      hint,
      maybeSent,
    });
  }
  return refusal(code, error, target, address);
}

const NO_TLS = {
  text: "the server speaks no TLS",
  hint: "Switch TLS on in the server (ssl = on), or leave ssl and sslmode out.",
};

/** Whether a connection that was made has ended. The driver's own errors have no code. */
function isLost(error: unknown): boolean {
  return isError(error) && /terminated unexpectedly|not queryable/.test(error.message);
}

/** The driver's own error has no code. */
function isTlsRefused(error: unknown): boolean {
  return isError(error) && error.message === "The server does not support SSL connections";
}

/** Meaning of the codes for a refused login. */
const LOGIN: Readonly<Record<string, readonly [meaning: string, hint: string]>> = {
  "28P01": ["user or password is wrong", "Correct user and password of the url."],
  "28000": [
    "this user may not log in from here",
    "Correct the user of the url, or add it to pg_hba.conf and create its role.",
  ],
};

function refusal(code: string, cause: unknown, target: BrokerTarget, address: string): JobsError {
  if (code.startsWith("28")) {
    const [meaning, hint] = LOGIN[code] ?? ["the login is refused", "Check user, password and pg_hba.conf."];
    const text = `Postgres at ${address} refuses access: ${meaning} (${code}).`;
    return new AccessDeniedError(target, text, { cause, hint });
  }
  if (code === "42501") {
    const { text, hint } = missingRight(cause);
    return new AccessDeniedError(target, `the role lacks a permission at ${address}: ${text} (${code}).`, {
      cause,
      hint,
    });
  }
  if (code === "3D000")
    return new ConfigError(`postgres: the database ${address} does not exist.`, {
      cause,
      hint: "Create it first, or correct the name of the database.",
    });
  if (isRefusedParameter(cause)) {
    return new ConfigError(`postgres: the pooler at ${address} refuses a setting at the connect.`, {
      cause,
      hint: "Leave it out of url and connection, or name it in ignore_startup_parameters of PgBouncer.",
    });
  }
  if (isMissingTable(cause)) {
    return new ConfigError(`postgres: the tables of jobs do not exist in ${address}.`, {
      cause,
      hint: HOW_TO_MIGRATE,
    });
  }
  const isClosed = isClosedDatabase(cause);
  const retryable = PASSING.test(code) || isStaleSession(cause) || isClosed;
  const [meaning, hint] = (isStaleSession(cause) ? STALE[code] : undefined) ??
    (isClosed ? CLOSED : undefined) ??
    STATES[code] ??
    CLASSES[code.slice(0, 2)] ?? [
      retryable ? "it cannot answer now" : "it refuses the statement",
      "The error's cause and the log of Postgres have more.",
    ];
  return new BrokerUnavailableError(target, `Postgres at ${address} answers ${code}: ${meaning}.`, {
    cause,
    hint,
    retryable,
  });
}

/** The object of a refusal, and the command that gives the right to it. The text of Postgres holds names alone. */
function missingRight(cause: unknown): { readonly text: string; readonly hint: string } {
  const text = isError(cause) ? cause.message : "it is not said which";
  const object = /^permission denied for (?:function|table) (\S+)$/.exec(text)?.[1];
  if (object === undefined) return { text, hint: HOW_TO_MIGRATE };
  return { text, hint: howToGrant(accessFor(object)) };
}

/** Meaning of the codes for a server that cannot work now. */
const STATES: typeof LOGIN = {
  "25006": [
    "it takes no writes: it is a replica, or default_transaction_read_only is on",
    "Connect to the primary; jobs finds it among the servers of a url, postgres://one,two/database. Or switch the setting off for this role.",
  ],
  "25P03": [
    "the session was idle in a transaction for too long",
    "Raise idle_in_transaction_session_timeout.",
  ],
  "25P04": ["the transaction took too long", "Raise transaction_timeout of the role."],
  "53100": ["its disk is full", "Free space on its disk."],
  "53300": ["it has no connection left", "Raise max_connections, or lower connection.max of each process."],
  "2BP01": [
    "something else depends on its tables",
    "Drop the views and keys on them first, or keep the version.",
  ],
  "55P03": [
    "somebody holds a table or a row for too long",
    'Repeat it later. "jobs doctor" finds long transactions.',
  ],
  "57014": [
    "the statement took too long, or somebody cancelled it",
    'Repeat it later. "jobs doctor" finds long transactions.',
  ],
  "57P01": ["it is stopping", "Wait until it has started."],
  "57P02": ["it has crashed, and starts again", "Wait until it has started. Its log says why."],
  "57P03": ["it is still starting", "Wait until it has started."],
  "57P05": ["the session was idle for too long", "Raise idle_session_timeout of the role."],
};

/** Meaning of the classes of the other codes. */
const CLASSES: typeof LOGIN = {
  "40": ["two calls waited for each other, several times", "Repeat it later."],
  "53": ["it lacks memory or another resource", "Its log says which."],
  "58": ["its machine or its disk fails", "Look into its log, and at its disk."],
  XX: ["it has an internal error, or its data are damaged", "Look into its log, and at its disk."],
};

const POOLER = [
  "another session has come in the place of this one, as behind a pooler",
  "Say that there is a pooler: postgres://…/database?pooler=transaction.",
] as const;

/** Meaning of the codes of a session without its prepared statements. */
const STALE: typeof LOGIN = {
  "0A000": ["its tables have changed", "Repeat it: the next call uses a new connection."],
  "26000": POOLER,
  "42P05": POOLER,
};

const CLOSED = [
  "its database takes no connections",
  "Wait until it does again, or allow them: ALTER DATABASE … ALLOW_CONNECTIONS true.",
] as const;

/** Whether a connection is refused, as during the move of a database. Other statements get this code for good. */
function isClosedDatabase(error: unknown): boolean {
  // The text is in the language of the server.
  return codeOf(error) === "55000" && isError(error) && Reflect.get(error, "routine") === "CheckMyDatabase";
}

/** Whether the schema, a table or a function in it is missing. */
export function isMissingTable(error: unknown): boolean {
  return ["42P01", "3F000", "42883"].includes(codeOf(error) ?? "");
}

/** Whether the server has undone a call that may be made again: two calls waited for each other. */
export function isUndone(error: unknown): boolean {
  return ["40P01", "40001"].includes(
    codeOf(isError(error) && isJobsError(error) ? error.cause : error) ?? "",
  );
}

/** Whether a transaction cannot go on with rows that others have committed since its snapshot. */
export function isOlderSnapshot(error: unknown): boolean {
  return codeOf(isError(error) && isJobsError(error) ? error.cause : error) === "40001";
}

/**
 * Whether the server has done nothing, since its session does not fit this connection any more. The prepared statements
 * are gone or are those of another client, or a table has changed since. A new connection works.
 */
export function isStaleSession(error: unknown): boolean {
  const cause = isError(error) && isJobsError(error) ? error.cause : error;
  const code = codeOf(cause);
  if (code === "26000" || code === "42P05") return true;
  return code === "0A000" && isError(cause) && Reflect.get(cause, "routine") === "RevalidateCachedQuery";
}

/** Whether the server takes no writes: it is a standby, or has been a primary before. */
export function isReadOnly(error: unknown): boolean {
  return codeOf(error) === READ_ONLY;
}

/** The error of a server that has said by other means that it takes no writes. */
export function readOnlyError(): Error {
  return Object.assign(new Error("this server takes no writes"), { code: READ_ONLY });
}

/** SQLSTATE of a write to a server that takes none. */
const READ_ONLY = "25006";

/** Whether a pooler has refused a setting of the session. PgBouncer does so unless it is told to ignore it. */
export function isRefusedParameter(error: unknown): boolean {
  return codeOf(error) === "08P01" && isError(error) && /startup parameter/.test(error.message);
}

/** Whether only the statement failed, so that its connection can be used again. */
export function isStatementFault(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && isSqlState(code) && !/^(?:08|57P|25P)/.test(code) && !isStaleSession(error);
}

/** Whether Postgres can never store one of the values; it can store the others of the batch. */
export function isRefusedValue(error: unknown): boolean {
  const code = codeOf(isError(error) && isJobsError(error) ? error.cause : error);
  return code !== undefined && /^(?:22|23|54)/.test(code) && isSqlState(code);
}

/** Whether the server gave no answer; its other connections are then silent too. */
export function isSilence(error: unknown): boolean {
  return isError(error) && error.message === "Query read timeout";
}

/** The driver adds values of rows to its errors, which logs would then show. */
function forgetValues(error: unknown): void {
  if (!isError(error)) return;
  for (const field of ["detail", "where", "internalQuery"]) Reflect.deleteProperty(error, field);
}

function codeOf(error: unknown): string | undefined {
  return isError(error) && "code" in error ? String(error.code) : undefined;
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && code !== "EPIPE";
}
