import { ConfigError } from "@jobs/core";

/** The tables of a schema, quoted as SQL wants them. */
export interface TableNames {
  readonly schema: string;
  /** The schema without quotes. */
  readonly schemaName: string;
  readonly results: string;
  readonly coordination: string;
  readonly historyEvents: string;
  readonly historyJobs: string;
  readonly historyTags: string;
  readonly historyTotals: string;
  /** Only in migrations: the history has taken its place. */
  readonly monitorEvents: string;
  /** Only in migrations. */
  readonly monitorJobs: string;
  /** Records which migrations were run. */
  readonly migrations: string;
}

/** The schema when no option names one. */
const DEFAULT_SCHEMA = "jobs";

/** @throws ConfigError for a schema name that Postgres would refuse or shorten */
export function tableNames(schema: string = DEFAULT_SCHEMA): TableNames {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new ConfigError(`postgres: ${JSON.stringify(schema)} cannot be the name of a schema.`, {
      hint: "Use at most 63 lower-case letters, digits and underscores.",
    });
  }
  const quoted = `"${schema}"`;
  return {
    schema: quoted,
    schemaName: schema,
    results: `${quoted}.results`,
    coordination: `${quoted}.marks`,
    historyEvents: `${quoted}.history_events`,
    historyJobs: `${quoted}.history_jobs`,
    historyTags: `${quoted}.history_tags`,
    historyTotals: `${quoted}.history_totals`,
    monitorEvents: `${quoted}.monitor_events`,
    monitorJobs: `${quoted}.monitor_jobs`,
    migrations: `${quoted}.result_migrations`,
  };
}
