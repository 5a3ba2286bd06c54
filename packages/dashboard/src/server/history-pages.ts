import type { App } from "@jobs/core";
import {
  HISTORY_STATES,
  type HistoryEvent,
  type HistoryQuery,
  type HistoryStore,
  type HistoryTotals,
  type JobRecord,
} from "@jobs/core/broker";
import type { JobPage, JobRow, MinuteRow, Possible } from "../api/api-types.ts";
import { NO_HISTORY } from "./limits.ts";
import { readState } from "./refusals.ts";

/** Jobs of a page. */
const PAGE = 50;

const MINUTE_MS = 60_000;

/** Minutes of the overview. */
const SHOWN_MINUTES = 60;

/**
 * Jobs of the history that fit the parameters of a request; unknown parameters mean nothing.
 * @throws RefusedAction for a state that does not exist
 */
export async function listJobs(
  app: App,
  asked: Readonly<Record<string, string>>,
): Promise<Possible<JobPage>> {
  const { history } = app;
  if (history === undefined) return { unsupported: NO_HISTORY };
  const { jobs, nextCursor } = await history.list(queryOf(asked));
  return { jobs: jobs.map(rowOfRecord), nextCursor: nextCursor ?? null };
}

function queryOf({ task, queue, state, tag, flow, since, until, cursor }: Readonly<Record<string, string>>) {
  const states = state?.split(",").flatMap((word) => readState(word, HISTORY_STATES) ?? []);
  const query: HistoryQuery = {
    task,
    queue,
    ...(states === undefined ? {} : { states }),
    tag,
    flow,
    since: timeOf(since),
    until: timeOf(until),
    cursor,
    limit: PAGE,
  };
  return query;
}

function timeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A job of the history as a row. */
export function rowOfRecord(record: JobRecord): JobRow {
  const { id, task, queue, state, attempt, at, durationMs, error, tags } = record;
  return { id, task, queue, state, attempt, at, durationMs: durationMs ?? null, error, tags };
}

/** All that happened to a job. Parameters stay only where the viewer may see them. */
export async function readTimeline(
  history: HistoryStore,
  id: string,
  areParamsShown: boolean,
): Promise<readonly HistoryEvent[]> {
  const events = await history.timeline(id);
  return areParamsShown ? events : events.map(withoutParams);
}

function withoutParams(event: HistoryEvent): HistoryEvent {
  if (!("params" in event)) return event;
  const { params: _params, ...rest } = event;
  return rest;
}

/** The minutes of the last hour, the current one included, also those in which nothing happened. */
export async function readMinutes(app: App, now: number): Promise<Possible<readonly MinuteRow[]>> {
  if (app.history === undefined) return { unsupported: NO_HISTORY };
  const last = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const since = last - (SHOWN_MINUTES - 1) * MINUTE_MS;
  const totals = await app.history.totals({ since, until: last + MINUTE_MS });
  const byMinute = new Map<number, HistoryTotals[]>();
  for (const one of totals) byMinute.set(one.minute, [...(byMinute.get(one.minute) ?? []), one]);
  return Array.from({ length: SHOWN_MINUTES }, (_, index) => {
    const at = since + index * MINUTE_MS;
    return minuteRow(at, byMinute.get(at) ?? []);
  });
}

function minuteRow(at: number, totals: readonly HistoryTotals[]): MinuteRow {
  const sum = (key: "enqueued" | "succeeded" | "failed" | "dead" | "durationMs") =>
    totals.reduce((whole, one) => whole + one[key], 0);
  const runs = sum("succeeded") + sum("failed");
  return {
    at,
    enqueued: sum("enqueued"),
    succeeded: sum("succeeded"),
    failed: sum("failed"),
    dead: sum("dead"),
    meanDurationMs: runs === 0 ? null : Math.round(sum("durationMs") / runs),
  };
}
