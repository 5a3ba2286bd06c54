import { ConfigError } from "@jobs/core";
import { CALL_TIMEOUT_MS } from "@jobs/core/broker";
import { installCommand, type OptionRules, optionRules } from "@jobs/core/runtime";
import type { PoolConfig } from "pg";

/** The Postgres to connect to. Default: the one in the variables RESULT_DB_*. */
export interface ConnectionOptions {
  /**
   * `postgres://user:password@host:port/database`. Parts may be left to the variables RESULT_DB_USER, _PASS, _HOST, _PORT
   * and _NAME: `postgres://${USER}:${PASS}@db.internal/${NAME}`.
   */
  readonly url?: string;
  /**
   * Options of pg that a URL cannot express: TLS certificates, `max` connections (default 4), or fields instead of a
   * URL. The URL has priority.
   */
  readonly connection?: PoolConfig;
  /**
   * `transaction`: a pooler such as PgBouncer gives each transaction another connection. Then nothing of a session is
   * used: no named statement, no notification and no setting at the connect. Default: a connection is one session.
   */
  readonly pooler?: "transaction";
}

/** Rules for options of every factory of this package. */
const CONNECTION_RULES: OptionRules<ConnectionOptions> = {
  url: optionRules.text,
  connection: optionRules.object,
  pooler: optionRules.oneOf("transaction"),
};

/** Rules for options of the factories that use the tables. */
export const STORE_RULES: OptionRules<
  ConnectionOptions & { readonly schema?: string; readonly migrate?: boolean }
> = { ...CONNECTION_RULES, schema: optionRules.text, migrate: optionRules.boolean };

/** Time limit for a new connection, in ms: below the 5 s that a caller may wait. */
const CONNECT_MS = CALL_TIMEOUT_MS - 500;

/** Time limit of the server for one statement, in ms. */
const STATEMENT_MS = CALL_TIMEOUT_MS - 500;

/** After this time without an answer a connection counts as dead, in ms: lost packets cause no error. */
const SILENCE_MS = CALL_TIMEOUT_MS;

/** Defaults for the caller's options. */
const DEFAULTS = {
  max: 4,
  connectionTimeoutMillis: CONNECT_MS,
  statement_timeout: STATEMENT_MS,
  query_timeout: SILENCE_MS,
  idleTimeoutMillis: 30_000,
  keepAlive: true,
  application_name: "jobs",
} satisfies PoolConfig;

/**
 * The options for the driver. @throws ConfigError for a URL that is not Postgres's, or that names a variable without a
 * value.
 */
export function poolConfig({ url, connection, pooler }: ConnectionOptions): PoolConfig {
  const { statement_timeout, ...anySession } = DEFAULTS;
  const defaults = pooler === undefined ? DEFAULTS : anySession;
  if (url === undefined && connection !== undefined) return { ...defaults, ...connection };
  return { ...defaults, ...connection, connectionString: postgresUrl(url) };
}

/**
 * Time limit for every call, in ms, with connecting and waiting for other calls. It is a little longer than the limit
 * for a statement, so that the driver notices a silent connection first. @throws as {@link poolConfig}
 */
export function answerMs(options: ConnectionOptions): number {
  return Number(poolConfig(options).query_timeout ?? SILENCE_MS) + 300;
}

/** The server as errors name it: `host:port/database`. Never a password. @throws as {@link poolConfig} */
export function addressOf(options: ConnectionOptions): string {
  const { connectionString, ...fields } = poolConfig(options);
  const url = connectionString === undefined ? undefined : new URL(connectionString);
  const { PGHOST, PGPORT, PGDATABASE, PGUSER } = process.env;
  const host = url?.hostname || url?.searchParams.get("host") || fields.host || PGHOST || "localhost";
  const port = url?.port || fields.port || PGPORT || 5432;
  const user = decodeURIComponent(url?.username ?? "") || fields.user || PGUSER;
  const database = decodeURIComponent(url?.pathname.slice(1) ?? "") || fields.database || PGDATABASE || user;
  return `${host}:${port}/${database ?? ""}`;
}

/** Loads the driver. @throws ConfigError when it is not installed. */
export async function loadDriver(): Promise<Pick<typeof import("pg"), "Client" | "Pool">> {
  try {
    return await import("pg");
  } catch (error) {
    throw new ConfigError("Postgres needs the package pg, which cannot be loaded.", {
      hint: `Install it beside @jobs/adapter-postgres: ${installCommand("pg")}`,
      cause: error,
    });
  }
}

/** The whole URL from variables, for deployments that set each part. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the notation that people write in their settings.
const TEMPLATE = "postgres://${USER}:${PASS}@${HOST}:${PORT}/${NAME}";

/** Defaults of parts. User, password and database are never guessed. */
const DEFAULT_FIELDS: Readonly<Record<string, string>> = { HOST: "localhost", PORT: "5432" };

const FIELDS = ["USER", "PASS", "HOST", "PORT", "NAME"];

/** `${USER}` in a URL is the variable RESULT_DB_USER. */
const PREFIX = "RESULT_DB_";

/**
 * A URL with its `${…}` filled in from the variables RESULT_DB_*, whose values may hold any character.
 * @throws ConfigError naming every field that is missing or unknown, never a value
 */
export function postgresUrl(
  template: string = TEMPLATE,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const fieldValue = (field: string) => variables[PREFIX + field] || DEFAULT_FIELDS[field];
  const fields = [...template.matchAll(/\$\{([^{}]*)\}/g)].map(([, field = ""]) => field);
  const unknown = fields.filter((field) => !FIELDS.includes(field));
  if (unknown.length > 0) {
    throw new ConfigError(`postgres: the url names ${list(unknown)}, which is not a known field.`, {
      hint: `Known fields: ${FIELDS.map((field) => `\${${field}}`).join(" ")}.`,
    });
  }
  const missing = fields.filter((field) => fieldValue(field) === undefined);
  if (missing.length > 0) {
    throw new ConfigError(`postgres: unable to render the url: ${list(missing)} is not set.`, {
      hint: `Set ${missing.map((field) => PREFIX + field).join(", ")}, or write the whole url.`,
    });
  }
  const url = template.replace(/\$\{([^{}]*)\}/g, (_, field: string) =>
    encodeURIComponent(fieldValue(field) ?? ""),
  );
  if (URL.canParse(url) && /^postgres(?:ql)?:$/.test(new URL(url).protocol)) return url;
  throw new ConfigError("postgres: the url is not one of Postgres.", {
    hint: "Write postgres://user:password@host:port/database; escape special characters in it (%40 for @).",
  });
}

function list(fields: readonly string[]): string {
  return fields.map((field) => `\${${field}}`).join(", ");
}
