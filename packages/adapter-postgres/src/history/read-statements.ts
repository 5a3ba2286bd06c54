import type { Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** Statements that read a history. */
export interface ReadStatements {
  /** By id. */
  readonly job: Statement;
  /** By id; the oldest first. */
  readonly timeline: Statement;
  /** Writer and position of the last event, and how many. */
  readonly events: Statement;
  readonly latest: Statement;
  /** Begin and end of the span, in ms. */
  readonly totals: Statement;
}

/** Only below the oldest running transaction is it certain that no earlier event becomes visible. */
const IS_FINAL = "writer < pg_snapshot_xmin(pg_current_snapshot())";

/** Numbers of the driver are texts where they may be too long for JavaScript. Sums of one minute are not. */
const COUNTERS = ["enqueued", "started", "succeeded", "failed", "dead", "cancelled"];

/** The statements for a schema. */
export function readStatements({ historyEvents, historyJobs, historyTotals }: TableNames): ReadStatements {
  return {
    job: { name: "get_history_job", text: `SELECT job::text FROM ${historyJobs} WHERE id = $1` },
    timeline: {
      name: "get_timeline",
      text: `SELECT event::text FROM ${historyEvents} WHERE job = $1 ORDER BY at, writer, position`,
    },
    events: {
      name: "get_events",
      text: `SELECT writer::text, position::text, event::text FROM ${historyEvents}
        WHERE (writer, position) > ($1::text::xid8, $2::bigint) AND ${IS_FINAL}
        ORDER BY ${historyEvents}.writer, ${historyEvents}.position LIMIT $3`,
    },
    latest: {
      name: "get_latest_event",
      text: `SELECT writer::text, position::text FROM ${historyEvents} WHERE ${IS_FINAL}
        ORDER BY ${historyEvents}.writer DESC, ${historyEvents}.position DESC LIMIT 1`,
    },
    totals: {
      name: "get_totals",
      text: `SELECT minute::float8, queue, task, ${COUNTERS.map((name) => `${name}::float8`).join(", ")},
          duration_ms AS "durationMs"
        FROM ${historyTotals} WHERE minute >= $1::float8 AND minute < $2::float8`,
    },
  };
}
