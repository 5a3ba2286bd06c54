import type { MonitorEvent, MonitorSink } from "@jobs/core/broker";
import { optionsCheck } from "@jobs/core/runtime";
import { type ConnectionOptions, STORE_RULES } from "../connection/connection-options.ts";
import { KIND } from "../connection/postgres-fault.ts";
import { PostgresLink } from "../connection/postgres-link.ts";
import { checkTables, migrateResults } from "../schema/migrate.ts";
import { tableNames } from "../schema/table-names.ts";
import { escapeText } from "../text/escape-text.ts";
import { latestSnapshots } from "./latest-snapshots.ts";
import { monitorStatements } from "./monitor-statements.ts";

/** Options of {@link postgresMonitor}. */
export interface PostgresMonitorOptions extends ConnectionOptions {
  /** The schema that holds the tables. Default `jobs`. */
  readonly schema?: string;
  /** As for `postgresResults`. Default true. */
  readonly migrate?: boolean;
}

const checkOptions = optionsCheck<PostgresMonitorOptions>(STORE_RULES);

/**
 * Writes events into Postgres: each event once into `monitor_events`, and each job's latest state into `monitor_jobs`.
 * @throws ConfigError for options that cannot be used.
 */
export function postgresMonitor(options: PostgresMonitorOptions = {}): MonitorSink {
  checkOptions(options, "postgresMonitor()");
  const { migrate = true, schema } = options;
  const statements = monitorStatements(tableNames(schema));
  const link = new PostgresLink(options, async () => {
    await (migrate ? migrateResults(options) : checkTables(options));
  });
  return {
    kind: KIND,
    // Jobs are always written: known events may have been written without them.
    async write(events) {
      await link.query(statements.putEvents, eventColumns(events));
      await link.query(statements.putJobs, jobColumns(events));
    },
    close: () => link.close(),
  };
}

function eventColumns(events: readonly MonitorEvent[]): readonly unknown[] {
  const data = events.map(
    ({ eventId: _eventId, at: _at, type: _type, source: _source, seq: _seq, ...rest }) =>
      JSON.stringify(rest),
  );
  return [
    events.map(({ eventId }) => escapeText(eventId)),
    events.map(({ at }) => at),
    events.map(({ type }) => type),
    events.map(({ source }) => escapeText(source)),
    events.map(({ seq }) => seq),
    events.map((event) => ("job" in event ? escapeText(event.job.id) : null)),
    data,
  ];
}

function jobColumns(events: readonly MonitorEvent[]): readonly unknown[] {
  const jobs = latestSnapshots(events);
  return [
    jobs.map(({ id }) => escapeText(id)),
    jobs.map(({ task }) => escapeText(task)),
    jobs.map(({ queue }) => escapeText(queue)),
    jobs.map(({ state }) => state),
    jobs.map(({ attempt }) => attempt),
    jobs.map(({ at }) => at),
    jobs.map(({ rank }) => rank),
    jobs.map(({ error }) => (error === null ? null : escapeText(error))),
  ];
}
