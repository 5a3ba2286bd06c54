import type { Diagnosis } from "@jobs/core/broker";
import { HOW_TO_MIGRATE } from "../connection/postgres-fault.ts";
import { ACCESSES, howToGrant, rightsOf } from "../schema/grants.ts";
import { MIGRATIONS } from "../schema/migrations.ts";
import type { TableNames } from "../schema/table-names.ts";

/** What a role sees of a schema. */
export interface SchemaFacts {
  readonly role: string;
  /** `undefined` where the role may not read it. */
  readonly version: number | undefined;
  /** Whether the role may make or change the tables. */
  readonly may_migrate: boolean;
  /** Whether the role may use the schema at all. True for one that does not exist. */
  readonly may_use: boolean;
}

/** The query for {@link SchemaFacts} without the version. Its parameters are the schema, and the table of migrations. */
export const SCHEMA_FACTS = `SELECT current_user::text AS role, coalesce(has_schema_privilege(n.oid, 'USAGE'), true) AS may_use,
    coalesce(has_table_privilege(m.oid, 'SELECT'), true) AS may_read,
    coalesce(pg_has_role(m.relowner, 'USAGE'), has_schema_privilege(n.oid, 'CREATE'),
      has_database_privilege(current_database(), 'CREATE')) AS may_migrate
  FROM (SELECT) AS one LEFT JOIN pg_namespace n ON n.nspname = $1
  LEFT JOIN pg_class m ON m.relnamespace = n.oid AND m.relname = $2`;

/** Judges the version of the tables. */
export function versionFinding({ role, version, ...may }: SchemaFacts, { schema }: TableNames): Diagnosis {
  const check = "schema_version";
  const newest = MIGRATIONS.length;
  if (!may.may_use || version === undefined) {
    const message = `role "${role}" has no right on schema ${schema}.`;
    return { check, status: "failed", message, hint: howToGrant("worker", role) };
  }
  if (version === newest)
    return { check, status: "ok", message: `schema ${schema} has version ${version}, the newest.` };
  if (version > newest) {
    const message = `schema ${schema} has version ${version}, and this release knows ${newest} at most.`;
    return { check, status: "failed", message, hint: "Update @jobs/adapter-postgres." };
  }
  const state =
    version === 0
      ? `schema ${schema} has no tables`
      : `schema ${schema} has version ${version}, ${newest} is needed`;
  if (!may.may_migrate)
    return {
      check,
      status: "failed",
      message: `${state}, and role "${role}" may not make them.`,
      hint: HOW_TO_MIGRATE,
    };
  return {
    check,
    status: "warning",
    message: `${state}; the first process that starts makes them.`,
    hint: 'To see or make them now: "jobs schema migrate --dry-run", or without --dry-run.',
  };
}

/** The query for the rights of the role on tables and functions of a schema, each as `SELECT on results`. */
export const OWN_RIGHTS = `SELECT format('%s on %s', p.name, c.relname) AS granted FROM pg_class c
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (name)
    WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind = 'r'
      AND has_table_privilege(c.oid, p.name)
  UNION ALL
  SELECT format('EXECUTE on %s', proname) FROM pg_proc
    WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND has_function_privilege(oid, 'EXECUTE')`;

/**
 * Judges the rights by need. A role need not have all: a producer's is complete without those of a worker. A part of
 * more is a mistake: grants of an older version, or of an object that was made anew.
 */
export function rightsFindings(
  granted: ReadonlySet<string>,
  role: string,
  names: TableNames,
): readonly Diagnosis[] {
  const needs = ACCESSES.map((access) => ({ access, rights: rightsOf(access, names) }));
  const complete = needs.filter(({ rights }) => rights.every((right) => granted.has(right)));
  const covered = new Set(complete.flatMap(({ rights }) => rights));
  const partial = needs.filter(
    ({ access, rights }) =>
      !complete.some((need) => need.access === access) &&
      rights.some((right) => granted.has(right) && !covered.has(right)),
  );
  const found: readonly Diagnosis[] = partial.slice(0, 1).map(({ access, rights }) => ({
    check: `rights:${access}`,
    status: complete.length === 0 ? "failed" : "warning",
    message: `role "${role}" has a part of the rights of access ${access}. It lacks ${missingOf(rights, granted)}.`,
    hint: howToGrant(access, role),
  }));
  if (complete.length > 0) {
    const all = complete.map(({ access }) => access).join(", ");
    return [
      { check: "rights", status: "ok", message: `role "${role}" has the access of: ${all}.` },
      ...found,
    ];
  }
  if (found.length > 0) return found;
  const message = `role "${role}" has no right on tables and functions.`;
  return [{ check: "rights", status: "failed", message, hint: howToGrant("worker", role) }];
}

function missingOf(rights: readonly string[], granted: ReadonlySet<string>): string {
  return rights.filter((right) => !granted.has(right)).join(", ");
}
