import { ConfigError } from "@jobs/core";
import { tableNames } from "./table-names.ts";

/** For whom rights are printed. */
export interface GrantOptions {
  /** An existing role. */
  readonly role: string;
  /** `worker` writes results and marks; `reader` looks at them. Default `worker`. */
  readonly access?: "worker" | "reader";
  /** Default `jobs`. */
  readonly schema?: string;
}

/**
 * The statements, for the owner of the tables to run, that give a role what it needs and nothing else: a worker whose
 * password leaks cannot read or change any other table. @throws ConfigError for names that are none
 */
export function grantsFor({ role, access = "worker", schema }: GrantOptions): readonly string[] {
  if (role === "" || role.includes("\u0000")) {
    throw new ConfigError("postgres: the name of the role is empty or holds a NUL.");
  }
  const names = tableNames(schema);
  const to = `TO "${role.replaceAll('"', '""')}";`;
  const rights = access === "worker" ? "SELECT, INSERT, UPDATE, DELETE" : "SELECT";
  return [
    `GRANT USAGE ON SCHEMA ${names.schema} ${to}`,
    `GRANT SELECT ON ${names.migrations} ${to}`,
    `GRANT ${rights} ON ${names.results}, ${names.marks} ${to}`,
  ];
}
