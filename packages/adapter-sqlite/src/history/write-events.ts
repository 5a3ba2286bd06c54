import { isJobsError } from "@jobs/core";
import {
  escapeText,
  foldEvents,
  type HistoryEvent,
  type HistoryTotals,
  type KeptJob,
  readKeptJob,
  totalsOf,
} from "@jobs/core/broker";
import type { Sql } from "../storage/shared-connection.ts";

const PUT_EVENT = `INSERT INTO history_events (event_id, at, type, job, event) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (event_id) DO NOTHING`;
const GET_JOB = "SELECT job FROM history_jobs WHERE id = ?";
const PUT_JOB = `INSERT INTO history_jobs (id, task, queue, state, at, flow, job) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (id) DO UPDATE SET task = ?2, queue = ?3, state = ?4, at = ?5, flow = ?6, job = ?7`;
const REMOVE_TAGS = "DELETE FROM history_tags WHERE id = ?";
const PUT_TAG = "INSERT INTO history_tags (tag, at, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
const ADD_TOTALS = `INSERT INTO history_totals
  (minute, queue, task, enqueued, started, succeeded, failed, dead, cancelled, duration_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (minute, queue, task) DO UPDATE SET enqueued = enqueued + excluded.enqueued,
    started = started + excluded.started, succeeded = succeeded + excluded.succeeded,
    failed = failed + excluded.failed, dead = dead + excluded.dead, cancelled = cancelled + excluded.cancelled,
    duration_ms = duration_ms + excluded.duration_ms`;

/**
 * Writes events that are not known yet, and what follows from them, in one transaction. Each job is written once,
 * however many of its events come together.
 */
export function writeEvents(sql: Sql, events: readonly HistoryEvent[]): void {
  const fresh = events.filter((event) => putEvent(sql, event));
  const before = new Map<string, KeptJob | "damaged" | undefined>();
  const keptOf = (id: string) => {
    const kept = readKept(sql, id);
    before.set(id, kept);
    // A job that somebody has damaged begins anew.
    return kept === "damaged" ? undefined : kept;
  };
  for (const [id, kept] of foldEvents(fresh, keptOf)) {
    putJob(sql, kept);
    if (hasOtherTags(kept, before.get(id))) putTags(sql, kept);
  }
  for (const sum of totalsOf(fresh)) addTotals(sql, sum);
}

/** Whether the event is new. */
function putEvent(sql: Sql, event: HistoryEvent): boolean {
  const job = "job" in event ? escapeText(event.job.id) : null;
  const text = JSON.stringify(event);
  return sql.run(PUT_EVENT, escapeText(event.eventId), event.at, event.type, job, text) > 0;
}

function readKept(sql: Sql, id: string): KeptJob | "damaged" | undefined {
  const row = sql.get<{ readonly job: string }>(GET_JOB, escapeText(id));
  if (row === undefined) return undefined;
  try {
    return readKeptJob(id, row.job);
  } catch (error) {
    if (isJobsError(error, "unreadable_record")) return "damaged";
    throw error;
  }
}

function putJob(sql: Sql, kept: KeptJob): void {
  const { id, task, queue, state, at, flow } = kept.record;
  const flowId = flow === undefined ? null : escapeText(flow);
  const names = [escapeText(id), escapeText(task), escapeText(queue)] as const;
  sql.run(PUT_JOB, ...names, state, at, flowId, JSON.stringify(kept));
}

/** Whether the rows of the tags are not right any more. They hold the time of the job for the order of lists. */
function hasOtherTags({ record }: KeptJob, before: KeptJob | "damaged" | undefined): boolean {
  if (before === "damaged") return true;
  const tags = before?.record.tags ?? [];
  if (tags.length === 0 && record.tags.length === 0) return false;
  return before?.record.at !== record.at || tags !== record.tags;
}

function putTags(sql: Sql, { record: { id: plainId, at, tags } }: KeptJob): void {
  const id = escapeText(plainId);
  sql.run(REMOVE_TAGS, id);
  for (const tag of tags) sql.run(PUT_TAG, escapeText(tag), at, id);
}

function addTotals(sql: Sql, sum: HistoryTotals): void {
  const { minute, queue, task, enqueued, started, succeeded, failed, dead, cancelled, durationMs } = sum;
  const counts = [enqueued, started, succeeded, failed, dead, cancelled] as const;
  sql.run(ADD_TOTALS, minute, escapeText(queue), escapeText(task), ...counts, durationMs);
}
