import { ConfigError } from "@jobs/core";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { type TableNames, tableNames } from "./table-names.ts";

/** The role and its rights. */
export interface GrantOptions {
  /** An existing role. */
  readonly role: string;
  /** `worker` writes results, coordination entries and the history, `monitor` only the history, `reader` reads all. Default `worker`. */
  readonly access?: "worker" | "monitor" | "reader";
  /** Default `jobs`. */
  readonly schema?: string;
}

const RIGHTS: Readonly<Record<NonNullable<GrantOptions["access"]>, (names: TableNames) => string>> = {
  worker: (names) =>
    `SELECT, INSERT, UPDATE, DELETE ON ${names.results}, ${names.coordination}, ${historyOf(names)}`,
  monitor: (names) => `SELECT, INSERT, UPDATE, DELETE ON ${historyOf(names)}`,
  reader: (names) => `SELECT ON ${names.results}, ${names.coordination}, ${historyOf(names)}`,
};

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
  const to = `TO "${role.replaceAll('"', '""')}";`;
  return [
    `GRANT USAGE ON SCHEMA ${names.schema} ${to}`,
    `GRANT SELECT ON ${names.migrations} ${to}`,
    `GRANT ${RIGHTS[access](names)} ${to}`,
  ];
}
