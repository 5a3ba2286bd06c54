import { type JobSnapshot, jobSnapshot, type MonitorEvent, type MonitorSink } from "@jobs/core/broker";
import { optionsCheck } from "@jobs/core/runtime";
import { type ConnectionOptions, STORE_RULES } from "../connection/connection-options.ts";
import { KIND } from "../connection/postgres-fault.ts";
import { PostgresLink, type Statement } from "../connection/postgres-link.ts";
import { checkTables, migrateResults } from "../schema/migrate.ts";
import { type TableNames, tableNames } from "../schema/table-names.ts";
import { escapeText } from "../text/escape-text.ts";

/** Statements on the tables of a monitor; all values are arrays of the same length. */
interface MonitorStatements {
  /** Ids, times in ms, types, sources, numbers, jobs, data. */
  readonly putEvents: Statement;
  /** Ids, tasks, queues, states, attempts, times in ms, ranks, errors; no job twice. */
  readonly putJobs: Statement;
}

/** The statements for a schema. */
function monitorStatements({ monitorEvents, monitorJobs }: TableNames): MonitorStatements {
  const momentOf = (ms: string) => `to_timestamp(${ms} / 1000.0)`;
  return {
    putEvents: {
      name: "put_events",
      text: `INSERT INTO ${monitorEvents} (event_id, at, type, source, seq, job, data)
        SELECT event_id, ${momentOf("at")}, type, source, seq, job, data
        FROM unnest($1::text[], $2::float8[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::json[])
          AS new (event_id, at, type, source, seq, job, data)
        ON CONFLICT (event_id) DO NOTHING`,
    },
    // A late event must not overwrite a later state.
    putJobs: {
      name: "put_jobs",
      text: `INSERT INTO ${monitorJobs} AS seen (id, task, queue, state, attempt, at, rank, error)
        SELECT id, task, queue, state, attempt, ${momentOf("at")}, rank, error
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::float8[], $7::int[], $8::text[])
          AS new (id, task, queue, state, attempt, at, rank, error)
        ON CONFLICT (id) DO UPDATE
        SET task = excluded.task, queue = excluded.queue, state = excluded.state,
          attempt = coalesce(excluded.attempt, seen.attempt), at = excluded.at, rank = excluded.rank,
          error = coalesce(excluded.error, seen.error)
        WHERE (excluded.at, excluded.rank) >= (seen.at, seen.rank)`,
    },
  };
}

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
  const link = new PostgresLink(options, "monitor store", async () => {
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

/** The latest state of each job in some events, since one statement may write a row only once. */
function latestSnapshots(events: readonly MonitorEvent[]): readonly JobSnapshot[] {
  const latest = new Map<string, JobSnapshot>();
  for (const event of events) {
    const snapshot = jobSnapshot(event);
    if (snapshot === undefined) continue;
    const other = latest.get(snapshot.id);
    latest.set(snapshot.id, other === undefined ? snapshot : later(other, snapshot));
  }
  // In the same order for all writers, so that two of them cannot deadlock.
  return [...latest.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Fields that are missing in the later one come from the earlier. */
function later(one: JobSnapshot, other: JobSnapshot): JobSnapshot {
  const isLater = other.at > one.at || (other.at === one.at && other.rank >= one.rank);
  const [first, last] = isLater ? [one, other] : [other, one];
  return { ...last, attempt: last.attempt ?? first.attempt, error: last.error ?? first.error };
}
