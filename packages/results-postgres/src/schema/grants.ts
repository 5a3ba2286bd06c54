import { ConfigError } from "@jobs/core";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { type TableNames, tableNames } from "./table-names.ts";

/** For whom rights are printed. */
export interface GrantOptions {
  /** An existing role. */
  readonly role: string;
  /** `worker` writes results and marks, `monitor` what happened; `reader` looks at all of it. Default `worker`. */
  readonly access?: "worker" | "monitor" | "reader";
  /** Default `jobs`. */
  readonly schema?: string;
}

const RIGHTS: Readonly<Record<NonNullable<GrantOptions["access"]>, (names: TableNames) => string>> = {
  worker: ({ results, coordination }) => `SELECT, INSERT, UPDATE, DELETE ON ${results}, ${coordination}`,
  monitor: ({ monitorEvents, monitorJobs }) => `SELECT, INSERT, UPDATE ON ${monitorEvents}, ${monitorJobs}`,
  reader: ({ results, coordination, monitorEvents, monitorJobs }) =>
    `SELECT ON ${results}, ${coordination}, ${monitorEvents}, ${monitorJobs}`,
};

const checkOptions = optionsCheck<GrantOptions>({
  role: required(optionRules.textOrEmpty),
  access: optionRules.oneOf(...Object.keys(RIGHTS)),
  schema: optionRules.text,
});

/**
 * The statements, for the owner of the tables to run, that give a role what it needs and nothing else: a worker whose
 * password leaks cannot read or change any other table. @throws ConfigError for names that are none
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
