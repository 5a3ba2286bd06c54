import { compareTotals, type HistorySpan, type HistoryTotals, unescapeText } from "@jobs/core/broker";
import type { Sql } from "../storage/shared-connection.ts";

const GET_TOTALS = `SELECT minute, queue, task, enqueued, started, succeeded, failed, dead, cancelled,
  duration_ms AS durationMs FROM history_totals WHERE minute >= ? AND minute < ?`;

/** The sums of a span, sorted. */
export function readTotals(sql: Sql, { since, until }: HistorySpan): readonly HistoryTotals[] {
  const rows = sql.all<HistoryTotals>(GET_TOTALS, since, until);
  return rows
    .map((row) => ({ ...row, queue: unescapeText(row.queue), task: unescapeText(row.task) }))
    .sort(compareTotals);
}
