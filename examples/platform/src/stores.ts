import { postgresHistory, postgresResults } from "@jobs/adapter-postgres";
import { sqliteHistory, sqliteResults } from "@jobs/adapter-sqlite";
import type { EventSink, ResultStore } from "@jobs/core/broker";

/** The default: in the database of the jobs. */
const FILE = ".jobs/jobs.db";

/** Results in Postgres where RESULT_DB_USER, _PASS, _HOST, _PORT and _NAME are set, else in a file. */
export function openResults(env: NodeJS.ProcessEnv): ResultStore {
  return hasDatabase(env) ? postgresResults() : sqliteResults({ file: FILE });
}

/** The monitor writes to the same database. */
export function openSink(env: NodeJS.ProcessEnv): EventSink {
  return hasDatabase(env) ? postgresHistory() : sqliteHistory({ file: FILE });
}

function hasDatabase(env: NodeJS.ProcessEnv): boolean {
  return env.RESULT_DB_USER !== undefined;
}
