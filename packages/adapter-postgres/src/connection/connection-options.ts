import { ConfigError } from "@jobs/core";
import { CALL_TIMEOUT_MS } from "@jobs/core/broker";
import { installCommand, type OptionRules, optionRules, optionsCheck } from "@jobs/core/runtime";
import type { PoolConfig } from "pg";
import { DRIVER_RULES } from "./driver-options.ts";
import { postgresUrl, readPostgresUrl, type UrlSettings } from "./postgres-url.ts";

/** The Postgres to connect to. Default: the one in the variables RESULT_DB_*. */
export interface ConnectionOptions {
  /**
   * `postgres://user:password@host:port/database`. Parts may be left to the variables RESULT_DB_USER, _PASS, _HOST, _PORT
   * and _NAME: `postgres://${USER}:${PASS}@db.internal/${NAME}`. With several servers, `one:5432,two:5432`, the one that
   * takes writes is used. `?schema=` and `?pooler=` are the options; docs/brokers/postgres.md has all parameters.
   */
  readonly url?: string;
  /**
   * Options of pg that a URL cannot express: TLS certificates, `max` connections (default 4), or fields instead of a
   * URL. The URL has priority. What pg does not know, or would misread, is refused.
   */
  readonly connection?: PoolConfig;
  /**
   * `transaction`: a pooler such as PgBouncer gives each transaction another connection. Then nothing of a session is
   * used: no named statement, no notification and no setting at the connect. Default: found out at the first connection.
   */
  readonly pooler?: "transaction";
}

/** Rules for options of every factory of this package. */
const CONNECTION_RULES: OptionRules<ConnectionOptions> = {
  url: optionRules.text,
  connection: optionRules.nested(optionsCheck(DRIVER_RULES)),
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

/** What the options and their URL say together. */
export interface ConnectionSettings {
  /** Options of the driver for each server of the URL, in its order. */
  readonly servers: readonly PoolConfig[];
  /** The servers as errors name them: `host:port/database`. Never a password. */
  readonly address: string;
  readonly pooler: "transaction" | undefined;
  /** The schema that holds the tables; `undefined` for the default. */
  readonly schema: string | undefined;
  /**
   * Time limit for every call, in ms, with connecting and waiting for other calls. It is a little longer than the limit
   * for a statement, so that the driver notices a silent connection first.
   */
  readonly answerMs: number;
}

/**
 * Joins the options with their URL. @throws ConfigError for a URL that cannot be used, that names a variable without a
 * value, or that contradicts the options
 */
export function connectionSettings(
  options: ConnectionOptions & { readonly schema?: string },
): ConnectionSettings {
  const { connectionString, ...fields } = options.connection ?? {};
  const url = options.url ?? connectionString;
  const hasFieldsOnly = url === undefined && options.connection !== undefined;
  const written = hasFieldsOnly ? undefined : readPostgresUrl(postgresUrl(url));
  const pooler = inOneWay("pooler", options.pooler, written?.pooler);
  if (pooler !== undefined && pooler !== "transaction") {
    throw new ConfigError(`postgres: the url names the pooler "${pooler}".`, {
      hint: "Known: transaction. Leave it out where a connection is a session of the server.",
    });
  }
  const base: PoolConfig = {
    ...(pooler === undefined ? DEFAULTS : withoutSession(DEFAULTS)),
    ...withoutUndefined(fields),
    ...(written?.connectMs === undefined ? undefined : { connectionTimeoutMillis: written.connectMs }),
    ...(written?.bindsChannel === undefined ? undefined : { enableChannelBinding: written.bindsChannel }),
  };
  return {
    servers: written?.servers.map((server) => ({ ...base, connectionString: server })) ?? [base],
    address: addressOf(written, fields),
    pooler,
    schema: inOneWay("schema", options.schema, written?.schema),
    answerMs: (base.query_timeout ?? SILENCE_MS) + 300,
  };
}

/** An option that is undefined counts as left out, and has the default. */
function withoutUndefined(fields: PoolConfig): PoolConfig {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/**
 * Leaves out the default that is a setting of the session: a pooler refuses it at the connect. What the caller has set
 * stays.
 */
export function withoutSession({ statement_timeout, ...others }: PoolConfig): PoolConfig {
  return statement_timeout === STATEMENT_MS ? others : { ...others, statement_timeout };
}

/** A value of which option and URL say the same, or only one says it. */
function inOneWay(name: string, option: string | undefined, inUrl: string | undefined): string | undefined {
  if (option !== undefined && inUrl !== undefined && option !== inUrl) {
    throw new ConfigError(`postgres: the url says another ${name} than the option.`, {
      hint: `Write ${name} in one place.`,
    });
  }
  return option ?? inUrl;
}

function addressOf(written: UrlSettings | undefined, fields: PoolConfig): string {
  const { PGHOST, PGPORT, PGDATABASE, PGUSER } = process.env;
  const hosts = (written?.hosts ?? [{ host: "", port: "" }]).map(({ host, port }) => {
    const name = host || fields.host || PGHOST || "localhost";
    return `${name}:${port || fields.port || PGPORT || 5432}`;
  });
  const user = written?.user || fields.user || PGUSER;
  const database = written?.database || fields.database || PGDATABASE || user;
  return `${hosts.join(",")}/${database ?? ""}`;
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
