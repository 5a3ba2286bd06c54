import { type Broker, validateBroker } from "@jobs/core/broker";
import { keepAliveClock, optionRules, optionsCheck } from "@jobs/core/runtime";
import { type ConnectionOptions, STORE_RULES } from "./connection/connection-options.ts";
import { createPostgresBroker } from "./create-broker.ts";

/** Options of {@link postgres}. */
export interface PostgresOptions extends ConnectionOptions {
  /** The schema that holds the tables. Default `jobs`. */
  readonly schema?: string;
  /**
   * Whether missing or old tables are created or updated at the first use. Default true. With `false` such tables are
   * refused: for a role without the right, or when the deployment runs `migrateResults`.
   */
  readonly migrate?: boolean;
  /** The largest body in bytes of UTF-8. Default 1 MiB. */
  readonly maxMessageBytes?: number;
}

const checkOptions = optionsCheck<PostgresOptions>({ ...STORE_RULES, maxMessageBytes: optionRules.whole(1) });

/**
 * A broker in Postgres 13 or newer: durable, for any number of machines, by the clock of the server. Jobs are rows, and
 * each call is one function of the schema. The first queue opens the connection.
 * @throws ConfigError for options that cannot be used.
 */
export function postgres(options: PostgresOptions = {}): Broker {
  checkOptions(options, "postgres()");
  return validateBroker(createPostgresBroker(options, keepAliveClock));
}
