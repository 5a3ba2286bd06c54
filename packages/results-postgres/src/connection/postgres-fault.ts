import { BrokerUnavailableError, ConfigError, isJobsError, type JobsError } from "@jobs/core";
import { AccessDeniedError, isUntrustedServer } from "@jobs/core/broker";
import { isError } from "@jobs/core/runtime";

/** The name of this store in errors and settings. */
export const KIND = "postgres";

/** How to create the tables, for every error about missing tables. */
export const HOW_TO_MIGRATE =
  'Run "jobs results migrate" as the owner of the database, and once "jobs results grants ROLE" for the role of the workers.';

const PLACE = { broker: KIND };

/**
 * Classes of SQLSTATE for temporary faults. The connection is gone, or a lock or a statement took too long. Or the
 * server is out of space, a standby, starting or stopping
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const PASSING = /^(?:08|40|53|55P03|57|58|25006|XX)/;

/** Converts an error of the driver or of Postgres. */
export function postgresFault(error: unknown): JobsError {
  if (isJobsError(error)) return error;
  forgetValues(error);
  const code = codeOf(error);
  if (isUntrustedServer(error)) {
    return new AccessDeniedError(PLACE, "the certificate of Postgres is not trusted.", {
      cause: error,
      hint: "Name its authority: connection: { ssl: { ca } }, or NODE_EXTRA_CA_CERTS.",
    });
  }
  if (code === undefined || !isSqlState(code)) {
    return new BrokerUnavailableError(PLACE, "no answer from Postgres.", { cause: error });
  }
  return refusal(code, error);
}

function refusal(code: string, cause: unknown): JobsError {
  if (code.startsWith("28")) {
    const hint = "Check user, password and pg_hba.conf.";
    return new AccessDeniedError(PLACE, `Postgres refuses the connection (${code}).`, { cause, hint });
  }
  if (code === "42501") {
    return new AccessDeniedError(PLACE, `the role lacks a permission (${code}).`, {
      cause,
      hint: HOW_TO_MIGRATE,
    });
  }
  if (code === "3D000")
    return new ConfigError("postgres: the database does not exist.", { cause, hint: "Create it first." });
  if (isMissingTable(cause)) {
    return new ConfigError("postgres: the tables of results do not exist.", { cause, hint: HOW_TO_MIGRATE });
  }
  const retryable = PASSING.test(code);
  const text = retryable
    ? `Postgres cannot answer now (${code}).`
    : `Postgres refuses the statement (${code}).`;
  return new BrokerUnavailableError(PLACE, text, { cause, retryable });
}

/** Whether the schema or a table in it is missing. */
export function isMissingTable(error: unknown): boolean {
  return codeOf(error) === "42P01" || codeOf(error) === "3F000";
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
