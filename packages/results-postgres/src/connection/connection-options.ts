import { ConfigError } from "@jobs/core";
import { type OptionRules, optionRules } from "@jobs/core/runtime";
import type { PoolConfig } from "pg";
import { postgresUrl } from "./postgres-url.ts";

/** Which Postgres; nothing means what the variables RESULT_DB_* say. */
export interface ConnectionOptions {
  /**
   * `postgres://user:password@host:port/database`. Parts may be left to the variables RESULT_DB_USER, _PASS, _HOST, _PORT
   * and _NAME: `postgres://${USER}:${PASS}@db.internal/${NAME}`.
   */
  readonly url?: string;
  /**
   * pg's own options for all that a URL cannot say: fields instead of it, TLS certificates, `max` connections (default
   * 4). What the URL says goes before.
   */
  readonly connection?: PoolConfig;
}

/** Rules of what every factory of this package takes. */
const CONNECTION_RULES: OptionRules<ConnectionOptions> = {
  url: optionRules.text,
  connection: optionRules.object,
};

/** Rules of what every factory takes that uses the tables. */
export const STORE_RULES: OptionRules<
  ConnectionOptions & { readonly schema?: string; readonly migrate?: boolean }
> = { ...CONNECTION_RULES, schema: optionRules.text, migrate: optionRules.boolean };

/** Within so long a connection stands, or the call fails, in ms: below the 5 s that a caller may wait. */
const CONNECT_MS = 4_000;

/** For so long the server works at one statement, in ms. */
const STATEMENT_MS = 4_000;

/** Without an answer for so long a connection counts as dead: nothing else tells of one whose packets vanish. */
const SILENCE_MS = 4_500;

/** What holds unless the caller's own options say otherwise. */
const DEFAULTS = {
  max: 4,
  connectionTimeoutMillis: CONNECT_MS,
  statement_timeout: STATEMENT_MS,
  query_timeout: SILENCE_MS,
  idleTimeoutMillis: 30_000,
  keepAlive: true,
  application_name: "jobs",
} satisfies PoolConfig;

/** What the driver is given. @throws ConfigError for a URL that is none of Postgres, or that names what is not set. */
export function poolConfig({ url, connection }: ConnectionOptions): PoolConfig {
  if (url === undefined && connection !== undefined) return { ...DEFAULTS, ...connection };
  return { ...DEFAULTS, ...connection, connectionString: postgresUrl(url) };
}

/**
 * Within so long every call has its answer or fails, connecting and a wait for others included, in ms: a little longer
 * than a statement may take, so that the driver notices a silent connection first. @throws as {@link poolConfig}
 */
export function answerMs(options: ConnectionOptions): number {
  return Number(poolConfig(options).query_timeout ?? SILENCE_MS) + 300;
}

/** Loads the driver. @throws ConfigError when it is not installed. */
export async function loadDriver(): Promise<Pick<typeof import("pg"), "Client" | "Pool">> {
  try {
    return await import("pg");
  } catch (error) {
    throw new ConfigError("results in Postgres need the package pg, which cannot be loaded.", {
      hint: "Install it beside @jobs/results-postgres: npm install pg",
      cause: error,
    });
  }
}
