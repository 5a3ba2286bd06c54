import { type Broker, validateBroker } from "@jobs/core/broker";
import { keepAliveClock, optionRules, optionsCheck } from "@jobs/core/runtime";
import { STORE_RULES } from "./connection/connection-options.ts";
import { createPostgresBroker } from "./create-broker.ts";
import type { PostgresOptions } from "./postgres-options.ts";

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
