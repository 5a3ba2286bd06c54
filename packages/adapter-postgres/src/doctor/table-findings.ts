import type { Diagnosis } from "@jobs/core/broker";
import { countOf, formatDuration } from "@jobs/core/config";
import type { TableNames } from "../schema/table-names.ts";
import type { ServerFacts } from "./server-findings.ts";

/** Something that keeps vacuum from removing dead rows. */
export interface LongTransaction {
  /** Such as `the session with pid 4711`. Never its query, which may hold secrets. */
  readonly who: string;
  /** In seconds; `null` where the server does not say it. */
  readonly age_s: number | null;
}

/** A transaction that is older than this counts as long, in seconds. */
export const LONG_S = 60;

/**
 * The query for {@link LongTransaction}; its parameter is the age in seconds. Sessions of other databases keep no rows of this one. A slot keeps rows for a
 * standby that may never come back.
 */
export const LONG_TRANSACTIONS = `SELECT who, age_s FROM (
    SELECT format('the session with pid %s (%s)', pid, state) AS who,
      floor(extract(epoch FROM clock_timestamp() - xact_start))::int AS age_s
    FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    UNION ALL
    SELECT format('a prepared transaction of %s', owner), floor(extract(epoch FROM clock_timestamp() - prepared))::int
    FROM pg_prepared_xacts WHERE database = current_database()
  ) AS open WHERE age_s >= $1
  UNION ALL
  SELECT format('the unused replication slot %s', slot_name), NULL FROM pg_replication_slots
  WHERE NOT active AND xmin IS NOT NULL
  ORDER BY age_s DESC NULLS LAST LIMIT 5`;

/** Judges what keeps dead rows. */
export function transactionFindings(
  { sees_sessions: seesAll, role }: ServerFacts,
  long: readonly LongTransaction[],
): readonly Diagnosis[] {
  const check = "long_transactions";
  const found: readonly Diagnosis[] = long.map(({ who, age_s: age }) => ({
    check,
    status: "warning",
    message:
      age === null
        ? `${who} keeps the dead rows of all jobs since its last use.`
        : `${who} has been open for ${roughly(age)}, and keeps all rows that have died since.`,
    hint: age === null ? "Drop it by pg_drop_replication_slot." : "End it, or make its transactions shorter.",
  }));
  if (seesAll)
    return found.length > 0 ? found : [{ check, status: "ok", message: "no transaction is long open." }];
  const message = `role "${role}" is not told how long the sessions of others have been open.`;
  return [...found, { check, status: "unknown", message, hint: `Ask as a member of pg_monitor.` }];
}

/** Minutes are exact enough for what is long. */
function roughly(seconds: number): string {
  const unit = seconds < 60 ? 1 : 60;
  return formatDuration(Math.floor(seconds / unit) * unit * 1_000);
}

/** How a table stands with vacuum. */
export interface TableFacts {
  readonly name: string;
  readonly dead: number;
  readonly live: number;
  /** In seconds; `null` for never. */
  readonly vacuumed_s: number | null;
  readonly is_vacuumed: boolean;
}

/** The query for {@link TableFacts} of a schema. */
export const TABLE_FACTS = `SELECT s.relname AS name, s.n_dead_tup::float8 AS dead, s.n_live_tup::float8 AS live,
    extract(epoch FROM clock_timestamp() - greatest(s.last_vacuum, s.last_autovacuum))::float8 AS vacuumed_s,
    coalesce(NOT c.reloptions @> ARRAY['autovacuum_enabled=false'], true) AS is_vacuumed
  FROM pg_stat_all_tables s JOIN pg_class c ON c.oid = s.relid WHERE s.schemaname = $1 ORDER BY dead DESC`;

/** Vacuum starts at 10,000 dead rows, so that ten times as many show that it does not keep up, or may not. */
const MANY_DEAD = 100_000;

/** Judges the dead rows of all tables. */
export function deadRowFindings(tables: readonly TableFacts[], { schema }: TableNames): readonly Diagnosis[] {
  const check = "dead_rows";
  const off: readonly Diagnosis[] = tables
    .filter((table) => !table.is_vacuumed)
    .map(({ name }) => ({
      check: "autovacuum",
      status: "warning",
      message: `autovacuum is off for ${schema}.${name}.`,
      hint: `ALTER TABLE ${schema}.${name} RESET (autovacuum_enabled).`,
    }));
  const bloated: readonly Diagnosis[] = tables
    .filter(({ dead }) => dead >= MANY_DEAD)
    .map(({ name, dead, live, vacuumed_s: ago }) => ({
      check,
      status: "warning",
      message: `${name} has ${countOf(dead, "dead row")} and ${live} others; ${ago === null ? "it was never vacuumed" : `it was vacuumed ${roughly(ago)} ago`}.`,
      hint: `End what is long open. VACUUM (VERBOSE) ${schema}.${name} says what it cannot remove.`,
    }));
  if (bloated.length > 0 || tables.length === 0) return [...off, ...bloated];
  const dead = tables.reduce((sum, table) => sum + table.dead, 0);
  return [...off, { check, status: "ok", message: `the tables have ${countOf(dead, "dead row")}.` }];
}
