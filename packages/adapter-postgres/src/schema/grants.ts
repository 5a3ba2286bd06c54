import { ConfigError } from "@jobs/core";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { type TableNames, tableNames } from "./table-names.ts";

/** The role and its rights. */
export interface GrantOptions {
  /** An existing role. */
  readonly role: string;
  /**
   * `worker` sends, receives, and writes results, coordination entries and the history. `producer` sends and waits for
   * results, and cannot read jobs. `admin` is a worker that also pauses, removes, purges and redrives. `monitor` writes
   * the history only, `reader` reads all. Default `worker`.
   */
  readonly access?: "worker" | "producer" | "admin" | "monitor" | "reader";
  /** Default `jobs`. */
  readonly schema?: string;
}

/** What a role may do: rights on tables, and functions of the queues that it may call. */
interface Rights {
  readonly tables: readonly string[];
  readonly functions: readonly string[];
}

const ALL = "SELECT, INSERT, UPDATE, DELETE";

const PRODUCING = ["send_messages", "queue_stats", "fold_counts"];
const RECEIVING = ["settle_and_receive", "extend_leases", "complete_lease", "is_completed"];
const WORKING = [...PRODUCING, ...RECEIVING, "open_queue", "promote_queue"];
const MANAGING = [...WORKING, "remove_messages", "purge_queue", "redrive_messages", "pause_queue"];

const RIGHTS: Readonly<Record<NonNullable<GrantOptions["access"]>, (names: TableNames) => Rights>> = {
  worker: (names) => ({ tables: workerTables(names), functions: WORKING }),
  admin: (names) => ({ tables: workerTables(names), functions: MANAGING }),
  producer: ({ results, coordination }) => ({
    tables: [`SELECT ON ${results}`, `${ALL} ON ${coordination}`],
    functions: PRODUCING,
  }),
  monitor: (names) => ({ tables: [`${ALL} ON ${historyOf(names)}`], functions: [] }),
  reader: (names) => ({
    tables: [`SELECT ON ${names.results}, ${names.coordination}, ${historyOf(names)}, ${queuesOf(names)}`],
    functions: ["queue_stats", "promote_queue"],
  }),
};

function workerTables(names: TableNames): readonly string[] {
  return [
    `${ALL} ON ${names.results}, ${names.coordination}, ${historyOf(names)}`,
    `SELECT ON ${queuesOf(names)}`,
  ];
}

/** The tables that a peek reads. Everything else with queues is done by functions. */
function queuesOf({ queues, messages }: TableNames): string {
  return `${queues}, ${messages}`;
}

function historyOf({ historyEvents, historyJobs, historyTags, historyTotals }: TableNames): string {
  return [historyEvents, historyJobs, historyTags, historyTotals].join(", ");
}

const checkOptions = optionsCheck<GrantOptions>({
  role: required(optionRules.textOrEmpty),
  access: optionRules.oneOf(...Object.keys(RIGHTS)),
  schema: optionRules.text,
});

/**
 * Statements that grant a role only the rights it needs; the owner of the tables runs them. A leaked password of a
 * worker then gives no access to other tables. @throws ConfigError for invalid names.
 */
export function grantsFor(options: GrantOptions): readonly string[] {
  checkOptions(options, "grantsFor");
  const { role, access = "worker", schema } = options;
  if (role === "" || role.includes("\u0000")) {
    throw new ConfigError("postgres: the name of the role is empty or holds a NUL.");
  }
  const names = tableNames(schema);
  const rights = RIGHTS[access](names);
  const to = `TO "${role.replaceAll('"', '""')}";`;
  return [
    `GRANT USAGE ON SCHEMA ${names.schema} ${to}`,
    `GRANT SELECT ON ${names.migrations} ${to}`,
    ...rights.tables.map((right) => `GRANT ${right} ${to}`),
    ...rights.functions.map((name) => `GRANT EXECUTE ON FUNCTION ${names.schema}.${name} ${to}`),
  ];
}
