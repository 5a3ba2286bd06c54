import { sqliteMonitor, sqliteResults } from "@jobs/adapter-sqlite";
import type { MonitorSink, ResultStore } from "@jobs/core/broker";
import { postgresMonitor, postgresResults } from "@jobs/results-postgres";

/** Beside the jobs, where no database is named. */
const FILE = ".jobs/jobs.db";

/** Results in Postgres where RESULT_DB_USER, _PASS, _HOST, _PORT and _NAME say so, else in a file. */
export function openResults(env: NodeJS.ProcessEnv): ResultStore {
  return hasDatabase(env) ? postgresResults() : sqliteResults({ file: FILE });
}

/** The database that the monitor writes to: the same. */
export function openSink(env: NodeJS.ProcessEnv): MonitorSink {
  return hasDatabase(env) ? postgresMonitor() : sqliteMonitor({ file: FILE });
}

function hasDatabase(env: NodeJS.ProcessEnv): boolean {
  return env.RESULT_DB_USER !== undefined;
}
