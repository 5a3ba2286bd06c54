import { HISTORY_STATES, type HistoryRetention, TOTALS_TTL_MS } from "@jobs/core/broker";
import type { PostgresLink, Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** Jobs in one statement: few enough for some ms, far below the time limit of a statement. */
const JOBS_STEP = 1_000;

/** Rows without a job in one statement. */
const ROWS_STEP = 2_000;

interface PruneStatements {
  /** Before which moment, and how many. Returns how many jobs were removed. */
  readonly jobs: Statement;
  readonly count: Statement;
  /** Before which moment. */
  readonly otherEvents: Statement;
  /** Before which moment. */
  readonly totals: Statement;
}

function pruneStatements(names: TableNames): PruneStatements {
  const { historyEvents, historyJobs, historyTags, historyTotals } = names;
  const oldest = HISTORY_STATES.map(
    (state) => `(SELECT at, id FROM ${historyJobs} WHERE state = '${state}' AND at < $1::float8
      ORDER BY at, id LIMIT $2)`,
  ).join(" UNION ALL ");
  return {
    // Two workers that prune at once skip each other's jobs, and a job that has changed meanwhile stays.
    jobs: {
      name: "prune_jobs",
      text: `WITH oldest AS (SELECT at, id FROM (${oldest}) AS each ORDER BY at, id LIMIT $2),
        locked AS (SELECT jobs.id FROM ${historyJobs} AS jobs JOIN oldest ON jobs.id = oldest.id AND jobs.at = oldest.at
          ORDER BY jobs.id FOR UPDATE OF jobs SKIP LOCKED),
        events AS (DELETE FROM ${historyEvents} WHERE job IN (SELECT id FROM locked)),
        tags AS (DELETE FROM ${historyTags} WHERE id IN (SELECT id FROM locked))
        DELETE FROM ${historyJobs} WHERE id IN (SELECT id FROM locked)`,
    },
    count: { name: "count_jobs", text: `SELECT count(*)::float8 AS count FROM ${historyJobs}` },
    otherEvents: {
      name: "prune_other_events",
      text: `DELETE FROM ${historyEvents} WHERE event_id IN (
        SELECT event_id FROM ${historyEvents} WHERE job IS NULL AND at < $1 LIMIT ${ROWS_STEP} FOR UPDATE SKIP LOCKED)`,
    },
    totals: { name: "prune_totals", text: `DELETE FROM ${historyTotals} WHERE minute < $1::float8` },
  };
}

/** Removes what is too old or too much, in steps. Returns the number of removed jobs. */
export async function pruneHistory(
  link: PostgresLink,
  names: TableNames,
  { olderThanMs, maxJobs, now }: HistoryRetention & { readonly now: number },
): Promise<number> {
  const statements = pruneStatements(names);
  const remove = async (statement: Statement, values: readonly unknown[]) =>
    (await link.query(statement, values)).rowCount ?? 0;
  let removed = 0;

  async function removeJobs(before: number, count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const wanted = Math.min(left, JOBS_STEP);
      const step = await remove(statements.jobs, [before, wanted]);
      removed += step;
      left -= step;
      if (step < wanted) return;
    }
  }

  if (Number.isFinite(olderThanMs)) {
    const before = now - olderThanMs;
    await removeJobs(before, Number.POSITIVE_INFINITY);
    while ((await remove(statements.otherEvents, [before])) === ROWS_STEP);
    await remove(statements.totals, [now - Math.max(olderThanMs, TOTALS_TTL_MS)]);
  }
  if (maxJobs !== undefined && Number.isFinite(maxJobs)) {
    const { rows } = await link.query<{ readonly count: number }>(statements.count, []);
    await removeJobs(Number.MAX_VALUE, (rows[0]?.count ?? 0) - maxJobs);
  }
  return removed;
}
