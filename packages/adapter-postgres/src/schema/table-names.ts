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
  readonly queues: string;
  readonly messages: string;
  /** Numbers messages in the order of sending. */
  readonly messageSeq: string;
  /** The counts of each queue, without what is in `countChanges`. */
  readonly counts: string;
  /** What statements have changed since the last fold. */
  readonly countChanges: string;
  /** Only in migrations: the history has taken its place. */
  readonly monitorEvents: string;
  /** Only in migrations. */
  readonly monitorJobs: string;
  /** Records which migrations were run. */
  readonly migrations: string;
}

/** The schema when no option names one. */
const DEFAULT_SCHEMA = "jobs";

/** @throws ConfigError for a schema name that Postgres would refuse or shorten, or that is its own */
export function tableNames(schema: string = DEFAULT_SCHEMA): TableNames {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new ConfigError(`postgres: ${JSON.stringify(schema)} cannot be the name of a schema.`, {
      hint: "Use at most 63 lower-case letters, digits and underscores.",
    });
  }
  if (schema.startsWith("pg_") || schema === "information_schema") {
    throw new ConfigError(`postgres: the schema ${schema} belongs to Postgres itself.`, {
      hint: "Use a name that does not begin with pg_, such as jobs.",
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
    queues: `${quoted}.queues`,
    messages: `${quoted}.messages`,
    messageSeq: `${quoted}.message_seq`,
    counts: `${quoted}.queue_counts`,
    countChanges: `${quoted}.queue_count_changes`,
    monitorEvents: `${quoted}.monitor_events`,
    monitorJobs: `${quoted}.monitor_jobs`,
    migrations: `${quoted}.result_migrations`,
  };
}
