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

type Access = NonNullable<GrantOptions["access"]>;

/** The same rights on several tables. */
interface TableRights {
  readonly privileges: readonly string[];
  readonly tables: readonly string[];
}

/** What a role may do: rights on tables, and functions of the queues that it may call. */
interface Rights {
  readonly tables: readonly TableRights[];
  readonly functions: readonly string[];
}

const PRODUCING = ["send_messages", "send_to_queue", "queue_stats", "fold_counts"];
const RECEIVING = ["settle_and_receive", "receive_next", "extend_leases", "complete_lease", "is_completed"];
const WORKING = [...PRODUCING, ...RECEIVING, "open_queue", "promote_queue"];
const MANAGING = [
  ...WORKING,
  "remove_messages",
  "purge_queue",
  "redrive_messages",
  "restore_messages",
  "pause_queue",
];

const RIGHTS: Readonly<Record<Access, (names: TableNames) => Rights>> = {
  producer: ({ results, coordination }) => ({
    tables: [reading(results), writing(coordination)],
    functions: PRODUCING,
  }),
  worker: (names) => ({ tables: workerTables(names), functions: WORKING }),
  admin: (names) => ({ tables: workerTables(names), functions: MANAGING }),
  monitor: (names) => ({ tables: [writing(...historyOf(names))], functions: [] }),
  reader: (names) => ({
    tables: [reading(names.results, names.coordination, ...historyOf(names), ...queuesOf(names))],
    functions: ["queue_stats", "promote_queue"],
  }),
};

/** All kinds of access, those with fewer rights before those that include them. */
export const ACCESSES = Object.keys(RIGHTS) as readonly Access[];

function reading(...tables: readonly string[]): TableRights {
  return { privileges: ["SELECT"], tables };
}

function writing(...tables: readonly string[]): TableRights {
  return { privileges: ["SELECT", "INSERT", "UPDATE", "DELETE"], tables };
}

function workerTables(names: TableNames): readonly TableRights[] {
  return [writing(names.results, names.coordination, ...historyOf(names)), reading(...queuesOf(names))];
}

/** The tables that a peek reads. Everything else with queues is done by functions. */
function queuesOf({ queues, messages }: TableNames): readonly string[] {
  return [queues, messages];
}

function historyOf({
  historyEvents,
  historyJobs,
  historyTags,
  historyTotals,
}: TableNames): readonly string[] {
  return [historyEvents, historyJobs, historyTags, historyTotals];
}

/** All that a kind of access needs: `SELECT on results`, `EXECUTE on send_messages`. */
export function rightsOf(access: Access, names: TableNames): readonly string[] {
  const { tables, functions } = RIGHTS[access](names);
  const onTables = [reading(names.migrations), ...tables].flatMap((right) =>
    right.tables.flatMap((table) =>
      right.privileges.map((privilege) => `${privilege} on ${table.slice(table.indexOf(".") + 1)}`),
    ),
  );
  return [...onTables, ...functions.map((name) => `EXECUTE on ${name}`)];
}

/** The least access that includes a right on a table or function, for the hint of an error. */
export function accessFor(object: string): Access {
  const names = tableNames();
  const usual: readonly Access[] = ["producer", "worker", "admin"];
  const wanted = [`EXECUTE on ${object}`, `DELETE on ${object}`];
  const gives = (access: Access) => rightsOf(access, names).some((right) => wanted.includes(right));
  return usual.find(gives) ?? "worker";
}

/** The hint for a missing right. */
export function howToGrant(access: Access, role = "ROLE"): string {
  const command = ["jobs schema grants", role, "--access", access].join(" ");
  return `As the owner of the tables, piped into psql: ${command}`;
}

const checkOptions = optionsCheck<GrantOptions>({
  role: required(optionRules.textOrEmpty),
  access: optionRules.oneOf(...ACCESSES),
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
    ...[reading(names.migrations), ...rights.tables].map(
      ({ privileges, tables }) => `GRANT ${privileges.join(", ")} ON ${tables.join(", ")} ${to}`,
    ),
    ...rights.functions.map((name) => `GRANT EXECUTE ON FUNCTION ${names.schema}.${name} ${to}`),
  ];
}
