import { BrokerUnavailableError, ConfigError, isJobsError, type JobsError } from "@jobs/core";
import { AccessDeniedError, type BrokerTarget, connectionCause, isUntrustedServer } from "@jobs/core/broker";
import { isError } from "@jobs/core/runtime";

/** The name of this store in errors and settings. */
export const KIND = "postgres";

/** How to create the tables, for every error about missing tables. */
export const HOW_TO_MIGRATE =
  'Run "jobs results migrate" as the owner of the database, and once "jobs results grants ROLE" for the role of the workers; both with --results postgres://….';

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
 * Classes of SQLSTATE for temporary faults. The connection is gone, or a lock or a statement took too long. Or the
 * server is out of space, a standby, starting or stopping
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const PASSING = /^(?:08|40|53|55P03|57|58|25006|XX)/;

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
    return new AccessDeniedError(target, `the role lacks a permission at ${address} (${code}).`, {
      cause,
      hint: `${HOW_TO_MIGRATE} Pause and purge need grants with "--access admin".`,
    });
  }
  if (code === "3D000")
    return new ConfigError(`postgres: the database ${address} does not exist.`, {
      cause,
      hint: "Create it first, or correct the name of the database.",
    });
  if (isMissingTable(cause)) {
    return new ConfigError(`postgres: the tables of jobs do not exist in ${address}.`, {
      cause,
      hint: HOW_TO_MIGRATE,
    });
  }
  const retryable = PASSING.test(code);
  const [meaning, hint] = STATES[code] ?? [
    retryable ? "it cannot answer now" : "it refuses the statement",
    "The error's cause and the log of Postgres have more.",
  ];
  return new BrokerUnavailableError(target, `Postgres at ${address} answers ${code}: ${meaning}.`, {
    cause,
    hint,
    retryable,
  });
}

/** Meaning of the codes for a server that cannot work now. */
const STATES: typeof LOGIN = {
  "25006": ["it is a replica that takes no writes", "Connect to the primary."],
  "53100": ["its disk is full", "Free space on its disk."],
  "53300": ["it has no connection left", "Raise max_connections, or lower connection.max of each process."],
  "57P01": ["it is stopping", "Wait until it has started."],
  "57P03": ["it is still starting", "Wait until it has started."],
};

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

/** Whether only the statement failed, so that its connection can be used again. */
export function isStatementFault(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && isSqlState(code) && !/^(?:08|57P|25P)/.test(code);
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
