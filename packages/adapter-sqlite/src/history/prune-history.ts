import { HISTORY_STATES, type HistoryRetention, TOTALS_TTL_MS } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { Sql } from "../storage/shared-connection.ts";
import type { SqliteFile } from "../storage/sqlite-file.ts";

/** Jobs in one transaction: few enough to block the event loop only for some ms. */
const JOBS_STEP = 200;

/** Rows without a job in one transaction. */
const ROWS_STEP = 2_000;

/** The oldest jobs, from one short range of the index for each state. */
const OLDEST = HISTORY_STATES.map(
  (state) => `SELECT * FROM (SELECT at, id FROM history_jobs WHERE state = '${state}' AND at < ?1
    ORDER BY at, id LIMIT ?2)`,
).join(" UNION ALL ");
const GET_OLDEST = `SELECT id FROM (${OLDEST}) ORDER BY at, id LIMIT ?2`;
const COUNT_JOBS = "SELECT count(*) AS count FROM history_jobs";
const REMOVE_JOB = "DELETE FROM history_jobs WHERE id = ?";
const REMOVE_TAGS = "DELETE FROM history_tags WHERE id = ?";
const REMOVE_EVENTS = "DELETE FROM history_events WHERE job = ?";
const REMOVE_OTHER_EVENTS = `DELETE FROM history_events WHERE position IN (
  SELECT position FROM history_events WHERE job IS NULL AND at < ? LIMIT ${ROWS_STEP})`;
const REMOVE_TOTALS = "DELETE FROM history_totals WHERE minute < ?";

/** Later than any job. */
const END_OF_TIME = Number.MAX_VALUE;

/** Removes what is too old or too much, in small transactions. Returns the number of removed jobs. */
export async function pruneHistory(
  file: SqliteFile,
  { olderThanMs, maxJobs = Number.POSITIVE_INFINITY }: HistoryRetention,
  clock: Clock,
): Promise<number> {
  const write = (work: (sql: Sql) => number) => file.write(work, { needsFile: true, isRepeatable: true });
  const pause = () => new Promise<void>((resolve) => clock.defer(resolve));
  const now = clock.now();
  let removed = 0;

  async function removeJobs(before: number, count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const wanted = Math.min(left, JOBS_STEP);
      const step = await write((sql) => removeOldest(sql, before, wanted));
      removed += step;
      left -= step;
      if (step < wanted) return;
      await pause();
    }
  }

  if (Number.isFinite(olderThanMs)) {
    const before = now - olderThanMs;
    await removeJobs(before, Number.POSITIVE_INFINITY);
    while ((await write((sql) => sql.run(REMOVE_OTHER_EVENTS, before))) === ROWS_STEP) await pause();
    await write((sql) => sql.run(REMOVE_TOTALS, now - Math.max(olderThanMs, TOTALS_TTL_MS)));
  }
  if (Number.isFinite(maxJobs)) {
    const count = await file.read((sql) => sql.get<{ readonly count: number }>(COUNT_JOBS)?.count ?? 0);
    await removeJobs(END_OF_TIME, count - maxJobs);
  }
  return removed;
}

function removeOldest(sql: Sql, before: number, limit: number): number {
  const rows = sql.all<{ readonly id: string }>(GET_OLDEST, before, limit);
  for (const { id } of rows) {
    sql.run(REMOVE_JOB, id);
    sql.run(REMOVE_TAGS, id);
    sql.run(REMOVE_EVENTS, id);
  }
  return rows.length;
}
