import { existsSync } from "node:fs";
import {
  type EventsPage,
  escapeText,
  HISTORY_PAGE,
  type HistoryEvent,
  type HistoryStore,
  LATEST_EVENT,
  readHistoryEvent,
  readKeptJob,
  unknownCursor,
  validateHistory,
} from "@jobs/core/broker";
import { type Clock, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import type { SqliteDriver } from "../driver/sqlite-driver.ts";
import { KIND, type Sql } from "../storage/shared-connection.ts";
import { DRIVER_RULE, FILE_RULE, SqliteFile } from "../storage/sqlite-file.ts";
import { listJobs } from "./list-jobs.ts";
import { pruneHistory } from "./prune-history.ts";
import { readTotals } from "./read-totals.ts";
import { writeEvents } from "./write-events.ts";

/** Options of {@link sqliteHistory}. */
export interface SqliteHistoryOptions {
  /** Path of the database, created if missing; it may be a file with jobs. */
  readonly file: string;
  /** As in the broker. */
  readonly driver?: SqliteDriver;
  /** Decides what is old. Default: the machine's. */
  readonly clock?: Clock;
}

const GET_JOB = "SELECT job FROM history_jobs WHERE id = ?";
const GET_TIMELINE = "SELECT event FROM history_events WHERE job = ? ORDER BY at, position";
const GET_EVENTS = "SELECT position, event FROM history_events WHERE position > ? ORDER BY position LIMIT ?";
const GET_LATEST = "SELECT max(position) AS position FROM history_events";

const checkOptions = optionsCheck<SqliteHistoryOptions>({
  file: FILE_RULE,
  driver: DRIVER_RULE,
  clock: optionRules.clock,
});

/**
 * Keeps the history of jobs in a SQLite file. A power cut may lose the events of the last moments, but no job.
 * @throws ConfigError when `file` is not the path of a file, or `driver` is not the process's.
 */
export function sqliteHistory(options: SqliteHistoryOptions): HistoryStore {
  checkOptions(options, "sqliteHistory()");
  const { file: path, driver, clock = systemClock } = options;
  const file = new SqliteFile(path, { synchronous: "normal", driver });
  return validateHistory({
    kind: KIND,
    reach: "machine",
    absence: () => (existsSync(file.path) ? undefined : `${file.path} does not exist`),
    write: (events) => file.write((sql) => writeEvents(sql, events)),
    async job(id) {
      const row = await file.read((sql) => sql.get<{ readonly job: string }>(GET_JOB, escapeText(id)));
      return row && readKeptJob(id, row.job).record;
    },
    timeline: (id) => file.read((sql) => readTimeline(sql, id)),
    list: (query = {}) => file.read((sql) => listJobs(sql, query)),
    events: ({ after, limit = HISTORY_PAGE } = {}) => file.read((sql) => readFeed(sql, after, limit)),
    totals: (span) => file.read((sql) => readTotals(sql, span)),
    prune: (retention) => pruneHistory(file, retention, clock),
    async close() {
      file.close();
    },
  });
}

function readTimeline(sql: Sql, id: string): readonly HistoryEvent[] {
  const rows = sql.all<{ readonly event: string }>(GET_TIMELINE, escapeText(id));
  return rows.map(({ event }) => readHistoryEvent(event, `an event of job ${id}`));
}

/** Writers follow one another, so positions are in the order of the commits. */
function readFeed(sql: Sql, after: string | undefined, limit: number): EventsPage {
  if (after === LATEST_EVENT) {
    const latest = sql.get<{ readonly position: number | null }>(GET_LATEST)?.position ?? 0;
    return { events: [], cursor: String(latest) };
  }
  const start = Number(after ?? 0);
  if (!Number.isSafeInteger(start)) throw unknownCursor("the cursor of an earlier page");
  const rows = sql.all<{ readonly position: number; readonly event: string }>(GET_EVENTS, start, limit);
  const events = rows.map(({ position, event }) =>
    readHistoryEvent(event, `event ${position} of the history`),
  );
  return { events, cursor: String(rows.at(-1)?.position ?? start) };
}
