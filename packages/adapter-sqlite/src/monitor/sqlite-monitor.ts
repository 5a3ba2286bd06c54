import { jobSnapshot, type MonitorEvent, type MonitorSink } from "@jobs/core/broker";
import { optionsCheck } from "@jobs/core/runtime";
import type { SqliteDriver } from "../driver/sqlite-driver.ts";
import { KIND, type Sql } from "../storage/shared-connection.ts";
import { DRIVER_RULE, FILE_RULE, SqliteFile } from "../storage/sqlite-file.ts";

/** Options of {@link sqliteMonitor}. */
export interface SqliteMonitorOptions {
  /** Path of the database, created if missing; it may be a file with jobs. */
  readonly file: string;
  /** As in the broker. */
  readonly driver?: SqliteDriver;
}

const INSERT_EVENT = `INSERT INTO monitor_events (event_id, at, type, source, seq, job, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (event_id) DO NOTHING`;

/** A late event must not overwrite a later state. */
const UPSERT_JOB = `INSERT INTO monitor_jobs (id, task, queue, state, attempt, at, rank, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
  ON CONFLICT (id) DO UPDATE SET task = ?2, queue = ?3, state = ?4, attempt = coalesce(?5, attempt), at = ?6, rank = ?7, error = coalesce(?8, error)
  WHERE (?6, ?7) >= (monitor_jobs.at, monitor_jobs.rank)`;

const checkOptions = optionsCheck<SqliteMonitorOptions>({ file: FILE_RULE, driver: DRIVER_RULE });

/**
 * Writes events into a SQLite file: each event once into `monitor_events`, and each job's latest state into
 * `monitor_jobs`.
 * @throws ConfigError when `file` is not the path of a file, or `driver` is not the process's.
 */
export function sqliteMonitor(options: SqliteMonitorOptions): MonitorSink {
  checkOptions(options, "sqliteMonitor()");
  const { file: path, driver } = options;
  const file = new SqliteFile(path, { synchronous: "normal", driver });
  return {
    kind: KIND,
    write: (events) =>
      file.write((sql) => {
        for (const event of events) writeEvent(sql, event);
      }),
    async close() {
      file.close();
    },
  };
}

function writeEvent(sql: Sql, event: MonitorEvent): void {
  const { eventId, at, type, source, seq, ...data } = event;
  const job = "job" in event ? event.job.id : null;
  if (sql.run(INSERT_EVENT, eventId, Math.floor(at), type, source, seq, job, JSON.stringify(data)) === 0)
    return;
  const snapshot = jobSnapshot(event);
  if (snapshot === undefined) return;
  const { id, task, queue, state, attempt, rank, error } = snapshot;
  sql.run(UPSERT_JOB, id, task, queue, state, attempt, Math.floor(at), rank, error);
}
