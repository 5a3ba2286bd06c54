import {
  compareTotals,
  type EventsAfter,
  type EventsPage,
  escapeText,
  fitsQuery,
  HISTORY_PAGE,
  type HistoryEvent,
  type HistoryPage,
  type HistoryQuery,
  type HistorySpan,
  type HistoryTotals,
  type JobRecord,
  LATEST_EVENT,
  listCursor,
  listPosition,
  readHistoryEvent,
  readKeptJob,
  unescapeText,
  unknownCursor,
} from "@jobs/core/broker";
import { LIST_JOBS, READ_FEED, READ_JOB, READ_TOTALS } from "../scripts/history.lua.ts";
import { ALL_JOBS, type AskHistory, indexOf } from "./history-keys.ts";

/** The least number of jobs that one step of a list with several filters looks at. */
const LIST_STEP = 100;

/** A job's record, if it is known. */
export async function readRecord(ask: AskHistory, id: string): Promise<JobRecord | undefined> {
  const [text] = (await ask(READ_JOB, { id: escapeText(id) })).parts as readonly [string | null];
  return text === null ? undefined : readKeptJob(id, text).record;
}

/** The events of a job. */
export async function readTimeline(ask: AskHistory, id: string): Promise<readonly HistoryEvent[]> {
  const [, found] = (await ask(READ_JOB, { id: escapeText(id) })).parts as readonly [
    unknown,
    readonly string[],
  ];
  return eventsOf(found, `an event of job ${id}`)
    .sort((one, other) => one.event.at - other.event.at || comparePositions(one.position, other.position))
    .map(({ event }) => event);
}

/** One page of the feed. Redis writes one after the other, so positions are in the order of the writes. */
export async function readFeed(
  ask: AskHistory,
  { after = "0-0", limit = HISTORY_PAGE }: EventsAfter,
): Promise<EventsPage> {
  if (after === LATEST_EVENT) {
    const [last] = (await ask(READ_FEED, { after: false, count: 0 })).parts as readonly [string];
    return { events: [], cursor: last };
  }
  if (!/^\d{1,20}-\d{1,20}$/.test(after)) throw unknownCursor("the cursor of an earlier page");
  const [found] = (await ask(READ_FEED, { after, count: limit })).parts as readonly [readonly string[]];
  const page = eventsOf(found, "an event of the history");
  return { events: page.map(({ event }) => event), cursor: page.at(-1)?.position ?? after };
}

interface Positioned {
  readonly position: string;
  readonly event: HistoryEvent;
}

function eventsOf(found: readonly string[], what: string): Positioned[] {
  const events: Positioned[] = [];
  for (let at = 0; at < found.length; at += 2)
    events.push({ position: found[at] ?? "", event: readHistoryEvent(found[at + 1] ?? "", what) });
  return events;
}

function comparePositions(one: string, other: string): number {
  const [ms = 0, number = 0] = one.split("-").map(Number);
  const [otherMs = 0, otherNumber = 0] = other.split("-").map(Number);
  return ms - otherMs || number - otherNumber;
}

/** One page of jobs. It reads the smallest index that has all wanted jobs, and checks each job. */
export async function listJobs(ask: AskHistory, query: HistoryQuery): Promise<HistoryPage> {
  const { limit = HISTORY_PAGE, states, since, until, cursor } = query;
  if (states?.length === 0) return { jobs: [] };
  const jobs = new Map<string, JobRecord>();
  const count = Math.max(limit + 1, LIST_STEP);
  let after = cursor === undefined ? undefined : listPosition(cursor);
  while (jobs.size <= limit) {
    const isInSpan = until === undefined || (after !== undefined && after.at < until);
    const max = isInSpan ? String(after?.at ?? "+inf") : `(${until}`;
    const { parts } = await ask(LIST_JOBS, {
      choices: choicesOf(query),
      min: since === undefined ? "-inf" : String(since),
      max,
      after: after === undefined ? false : [String(after.at), escapeText(after.id)],
      count,
    });
    const [found] = parts as readonly [readonly (string | null)[]];
    for (let index = 0; index < found.length; index += 3) {
      const [id = "", at = 0] = [unescapeText(found[index] ?? ""), Number(found[index + 1])];
      after = { at, id };
      const text = found[index + 2] ?? null;
      const record = text === null ? undefined : readKeptJob(id, text).record;
      // An index may still have a job that was damaged and written anew.
      if (record?.at === at && fitsQuery(record, query)) jobs.set(id, record);
    }
    if (found.length < 3 * count) break;
  }
  const page = [...jobs.values()].slice(0, limit);
  const last = page.at(-1);
  return jobs.size <= limit || last === undefined
    ? { jobs: page }
    : { jobs: page, nextCursor: listCursor(last) };
}

/** Lists of indexes that together have all jobs of a query. */
function choicesOf({ task, queue, states, tag, flow }: HistoryQuery): readonly (readonly string[])[] {
  const choices = [
    ...(task === undefined ? [] : [[indexOf("task", task)]]),
    ...(queue === undefined ? [] : [[indexOf("queue", queue)]]),
    ...(tag === undefined ? [] : [[indexOf("tag", tag)]]),
    ...(flow === undefined ? [] : [[indexOf("flow", flow)]]),
    ...(states === undefined ? [] : [[...new Set(states)].map((state) => indexOf("state", state))]),
  ];
  return choices.length === 0 ? [[ALL_JOBS]] : choices;
}

/** The sums of a span, sorted. */
export async function readTotals(
  ask: AskHistory,
  { since, until }: HistorySpan,
): Promise<readonly HistoryTotals[]> {
  const { parts } = await ask(READ_TOTALS, { since: String(since), until: `(${until}` });
  const [minutes] = parts as readonly [readonly (readonly [string, readonly string[]])[]];
  return minutes.flatMap(([minute, fields]) => totalsIn(Number(minute), fields)).sort(compareTotals);
}

function totalsIn(minute: number, fields: readonly string[]): HistoryTotals[] {
  const totals: HistoryTotals[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const [queue, task] = JSON.parse(fields[at] ?? "[]") as readonly [string, string];
    const numbers = (fields[at + 1] ?? "").split(" ").map(Number);
    const [enqueued = 0, started = 0, succeeded = 0, failed = 0, dead = 0, cancelled = 0, durationMs = 0] =
      numbers;
    totals.push({ minute, queue, task, enqueued, started, succeeded, failed, dead, cancelled, durationMs });
  }
  return totals;
}
