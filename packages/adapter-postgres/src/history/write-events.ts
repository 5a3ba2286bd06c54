import { isJobsError } from "@jobs/core";
import {
  escapeText,
  foldEvents,
  type HistoryEvent,
  type HistoryTotals,
  type KeptJob,
  readKeptJob,
  totalsOf,
  unescapeText,
} from "@jobs/core/broker";
import type { Ask, Statement } from "../connection/postgres-link.ts";
import type { TableNames } from "../schema/table-names.ts";

/** The statements of a write, in their order. All values are arrays of the same length. */
interface WriteStatements {
  /** Ids, times, types, jobs, events. Returns the ids that were not known. */
  readonly putEvents: Statement;
  /** Ids. Locks the jobs, also those that are new, and returns what is kept of them. */
  readonly lockJobs: Statement;
  /** Ids, tasks, queues, states, times, flows, jobs. */
  readonly putJobs: Statement;
  /** Ids. */
  readonly removeTags: Statement;
  /** Tags, times, ids. */
  readonly putTags: Statement;
  /** Minutes, queues, tasks, the counters, durations. */
  readonly addTotals: Statement;
}

function writeStatements(names: TableNames): WriteStatements {
  const { historyEvents, historyJobs, historyTags, historyTotals } = names;
  const added = (column: string) => `${column} = kept.${column} + excluded.${column}`;
  const counters = ["enqueued", "started", "succeeded", "failed", "dead", "cancelled", "duration_ms"];
  return {
    putEvents: {
      name: "put_events",
      text: `INSERT INTO ${historyEvents} (event_id, at, type, job, event)
        SELECT event_id, at, type, job, event
        FROM unnest($1::text[], $2::float8[], $3::text[], $4::text[], $5::json[])
          WITH ORDINALITY AS new (event_id, at, type, job, event, number) ORDER BY number
        ON CONFLICT (event_id) DO NOTHING RETURNING event_id`,
    },
    // All writers lock in the same order, so that two of them cannot deadlock.
    lockJobs: {
      name: "lock_jobs",
      text: `INSERT INTO ${historyJobs} AS kept (id, task, queue, state, at, job)
        SELECT id, '', '', '', 0, 'null' FROM unnest($1::text[]) AS new (id) ORDER BY id COLLATE "C"
        ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING id, job::text`,
    },
    putJobs: {
      name: "put_jobs",
      text: `UPDATE ${historyJobs} AS kept
        SET task = new.task, queue = new.queue, state = new.state, at = new.at, flow = new.flow, job = new.job
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::json[])
          AS new (id, task, queue, state, at, flow, job)
        WHERE kept.id = new.id`,
    },
    removeTags: { name: "remove_tags", text: `DELETE FROM ${historyTags} WHERE id = ANY($1::text[])` },
    putTags: {
      name: "put_tags",
      text: `INSERT INTO ${historyTags} (tag, at, id)
        SELECT tag, at, id FROM unnest($1::text[], $2::float8[], $3::text[]) AS new (tag, at, id)
        ON CONFLICT DO NOTHING`,
    },
    addTotals: {
      name: "add_totals",
      text: `INSERT INTO ${historyTotals} AS kept (minute, queue, task, ${counters.join(", ")})
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
          $7::bigint[], $8::bigint[], $9::bigint[], $10::float8[]) AS new (minute, queue, task, ${counters.join(", ")})
        ORDER BY minute, queue COLLATE "C", task COLLATE "C"
        ON CONFLICT (minute, queue, task) DO UPDATE SET ${counters.map(added).join(", ")}`,
    },
  };
}

/** Writes events that are not known yet, and what follows from them, within a transaction. */
export function eventWriter(names: TableNames): (ask: Ask, events: readonly HistoryEvent[]) => Promise<void> {
  const statements = writeStatements(names);
  return async (ask, events) => {
    const { rows } = await ask<{ readonly event_id: string }>(statements.putEvents, eventColumns(events));
    const freshIds = new Set(rows.map(({ event_id }) => event_id));
    // The same event may stand in a batch twice.
    const fresh = events.filter(({ eventId }) => freshIds.delete(escapeText(eventId)));
    await foldJobs(ask, statements, fresh);
    const sums = totalsOf(fresh);
    if (sums.length > 0) await ask(statements.addTotals, totalsColumns(sums));
  };
}

async function foldJobs(
  ask: Ask,
  statements: WriteStatements,
  fresh: readonly HistoryEvent[],
): Promise<void> {
  const ids = [...new Set(fresh.flatMap((event) => ("job" in event ? [event.job.id] : [])))];
  if (ids.length === 0) return;
  const { rows } = await ask<{ readonly id: string; readonly job: string }>(statements.lockJobs, [
    ids.map(escapeText),
  ]);
  const known = new Set(rows.filter(({ job }) => job !== NEW_JOB).map(({ id }) => unescapeText(id)));
  const before = new Map(rows.map(({ id, job }) => [unescapeText(id), readKept(unescapeText(id), job)]));
  const jobs = [...foldEvents(fresh, (id) => before.get(id)).values()];
  await ask(statements.putJobs, jobColumns(jobs));
  const tagged = jobs.filter(({ record }) => {
    const kept = before.get(record.id)?.record;
    const hadTags = kept === undefined ? known.has(record.id) : kept.tags.length > 0;
    return (hadTags || record.tags.length > 0) && !(kept?.at === record.at && kept.tags === record.tags);
  });
  if (tagged.length === 0) return;
  await ask(statements.removeTags, [tagged.map(({ record }) => escapeText(record.id))]);
  const tags = tagged.flatMap(({ record: { id, at, tags: own } }) => own.map((tag) => ({ tag, at, id })));
  if (tags.length === 0) return;
  await ask(statements.putTags, [
    tags.map(({ tag }) => escapeText(tag)),
    tags.map(({ at }) => at),
    tags.map(({ id }) => escapeText(id)),
  ]);
}

/** What a job has until its first event is folded. */
const NEW_JOB = "null";

/** A job that somebody has damaged begins anew, as one that is new. */
function readKept(id: string, text: string): KeptJob | undefined {
  if (text === NEW_JOB) return undefined;
  try {
    return readKeptJob(id, text);
  } catch (error) {
    if (isJobsError(error, "unreadable_record")) return undefined;
    throw error;
  }
}

function eventColumns(events: readonly HistoryEvent[]): readonly unknown[] {
  return [
    events.map(({ eventId }) => escapeText(eventId)),
    events.map(({ at }) => at),
    events.map(({ type }) => type),
    events.map((event) => ("job" in event ? escapeText(event.job.id) : null)),
    events.map((event) => JSON.stringify(event)),
  ];
}

function jobColumns(jobs: readonly KeptJob[]): readonly unknown[] {
  const records = jobs.map(({ record }) => record);
  return [
    records.map(({ id }) => escapeText(id)),
    records.map(({ task }) => escapeText(task)),
    records.map(({ queue }) => escapeText(queue)),
    records.map(({ state }) => state),
    records.map(({ at }) => at),
    records.map(({ flow }) => (flow === undefined ? null : escapeText(flow))),
    jobs.map((job) => JSON.stringify(job)),
  ];
}

function totalsColumns(sums: readonly HistoryTotals[]): readonly unknown[] {
  return [
    sums.map(({ minute }) => minute),
    sums.map(({ queue }) => escapeText(queue)),
    sums.map(({ task }) => escapeText(task)),
    sums.map(({ enqueued }) => enqueued),
    sums.map(({ started }) => started),
    sums.map(({ succeeded }) => succeeded),
    sums.map(({ failed }) => failed),
    sums.map(({ dead }) => dead),
    sums.map(({ cancelled }) => cancelled),
    sums.map(({ durationMs }) => durationMs),
  ];
}
