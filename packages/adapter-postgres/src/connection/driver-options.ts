import { MAX_TIMER_MS, type OptionRule, type OptionRules, optionRules } from "@jobs/core/runtime";
import type { PoolConfig } from "pg";

const { boolean, either, endless, func, leftOut, object, oneOf, port, text, textOrEmpty, timerMs, whole } =
  optionRules;

const UNUSED = leftOut("nothing here uses it");
const READ_BY_US = leftOut("rows are read here as pg itself reads them");

/** What pg takes for no limit. */
const off: OptionRule = { expected: "false", accepts: (value) => value === false, isShown: true };

/** A time limit that the server holds, which has no longer ones either. */
const serverMs = either(timerMs(), off);

/** A time limit that pg would leave out for 0. */
const alwaysLimited: OptionRule = {
  ...timerMs(1),
  expected: `${timerMs(1).expected}; without one a silent server is not noticed`,
};

/** The longest time of a timer in whole seconds. */
const LONGEST_SECONDS = Math.floor(MAX_TIMER_MS / 1_000);

/** Options that pg has, and its types do not. */
interface OptionsWithoutType {
  readonly scramMaxIterations?: number;
}

/**
 * Whether each option of pg is passed on or refused: pg takes every value, and misreads some. A new option of pg does
 * not compile until it is in this list.
 */
export const DRIVER_RULES: OptionRules<PoolConfig & OptionsWithoutType> = {
  // The server and the login.
  connectionString: text,
  host: text,
  port: port(),
  user: textOrEmpty,
  password: either(textOrEmpty, func),
  database: textOrEmpty,
  ssl: either(boolean, object),
  sslnegotiation: oneOf("postgres", "direct"),
  enableChannelBinding: boolean,
  scramMaxIterations: whole(1),
  stream: func,
  keepAlive: boolean,
  keepAliveInitialDelayMillis: timerMs(),
  // The session.
  application_name: textOrEmpty,
  fallback_application_name: textOrEmpty,
  options: textOrEmpty,
  client_encoding: {
    expected: '"UTF8": pg writes no other',
    accepts: (value) => /^utf-?8$/i.test(String(value)),
  },
  statement_timeout: serverMs,
  lock_timeout: serverMs,
  idle_in_transaction_session_timeout: serverMs,
  // The connections.
  connectionTimeoutMillis: alwaysLimited,
  query_timeout: alwaysLimited,
  max: whole(1),
  min: whole(0),
  idleTimeoutMillis: either(timerMs(), { expected: "null", accepts: (value) => value === null }),
  maxUses: either(whole(1), endless),
  maxLifetimeSeconds: whole(0, LONGEST_SECONDS),
  allowExitOnIdle: boolean,
  onConnect: func,
  verify: func,
  Client: func,
  log: func,
  // Options that would change how rows are read, or that have no use.
  types: READ_BY_US,
  pipeline: UNUSED,
  Promise: UNUSED,
};
