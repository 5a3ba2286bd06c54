import { BrokerUnavailableError, isJobsError } from "@jobs/core";
import {
  escapeText,
  foldEvents,
  type HistoryEvent,
  type HistoryTotals,
  type KeptJob,
  readKeptJob,
  totalsOf,
} from "@jobs/core/broker";
import { KIND } from "../connection/redis-fault.ts";
import { READ_BEFORE_WRITE, WRITE_EVENTS } from "../scripts/history.lua.ts";
import { type AskHistory, digestOf, indexesOf } from "./history-keys.ts";

/** How often a write begins anew when others write the same jobs. Each time one of the others has succeeded. */
const MAX_ATTEMPTS = 100;

/** What is kept of some jobs, and which events are known. */
interface Before {
  readonly fresh: readonly HistoryEvent[];
  /** By id. */
  readonly texts: ReadonlyMap<string, string | null>;
}

/**
 * Writes events that are not known yet, and what follows from them, in one step. Core's rules decide here, and Redis
 * refuses the step when somebody has written the same jobs meanwhile.
 */
export async function writeHistory(ask: AskHistory, events: readonly HistoryEvent[]): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const before = await readBefore(ask, events);
    if (before.fresh.length === 0) return;
    const { status } = await ask(WRITE_EVENTS, {
      events: before.fresh.map(eventArguments),
      jobs: jobArguments(before),
      totals: totalsOf(before.fresh).map(totalsArguments),
    });
    if (status === "ok") return;
  }
  throw new BrokerUnavailableError(
    { broker: KIND, role: "history store" },
    `other processes have changed the same jobs in each of ${MAX_ATTEMPTS} attempts.`,
    { hint: "It is tried again." },
  );
}

async function readBefore(ask: AskHistory, events: readonly HistoryEvent[]): Promise<Before> {
  const ids = [...new Set(events.flatMap((event) => ("job" in event ? [event.job.id] : [])))];
  const { parts } = await ask(READ_BEFORE_WRITE, {
    events: events.map((event) => [keyOf(event), escapeText(event.eventId)]),
    jobs: ids.map(escapeText),
  });
  const [known, texts] = parts as readonly [readonly number[], readonly (string | null)[]];
  // The same event may stand in a batch twice.
  const taken = new Set<string>();
  const fresh = events.filter(({ eventId }, index) => {
    if (known[index] === 1 || taken.has(eventId)) return false;
    taken.add(eventId);
    return true;
  });
  return { fresh, texts: new Map(ids.map((id, index) => [id, texts[index] ?? null])) };
}

/** The key of the positions of the events of a job, or of all others. */
function keyOf(event: HistoryEvent): string {
  return "job" in event ? `of:${escapeText(event.job.id)}` : "other";
}

function eventArguments(event: HistoryEvent): readonly unknown[] {
  return [keyOf(event), escapeText(event.eventId), String(event.at), JSON.stringify(event)];
}

function jobArguments({ fresh, texts }: Before): readonly unknown[] {
  const kept = new Map([...texts].map(([id, text]) => [id, readKept(id, text)]));
  return [...foldEvents(fresh, (id) => kept.get(id))].map(([id, { record, order }]) => {
    const earlier = kept.get(id);
    const [wasIn, isIn] = [earlier === undefined ? [] : indexesOf(earlier.record), indexesOf(record)];
    const leaves = wasIn.filter((index) => !isIn.includes(index));
    const enters = earlier?.record.at === record.at ? isIn.filter((index) => !wasIn.includes(index)) : isIn;
    const text = JSON.stringify({ record, order });
    return [escapeText(id), digestOf(texts.get(id)), text, String(record.at), leaves, enters];
  });
}

/** A job that somebody has damaged begins anew. */
function readKept(id: string, text: string | null): KeptJob | undefined {
  if (text === null) return undefined;
  try {
    return readKeptJob(id, text);
  } catch (error) {
    if (isJobsError(error, "unreadable_record")) return undefined;
    throw error;
  }
}

function totalsArguments(sum: HistoryTotals): readonly unknown[] {
  const { minute, queue, task, enqueued, started, succeeded, failed, dead, cancelled, durationMs } = sum;
  const counters = [enqueued, started, succeeded, failed, dead, cancelled, durationMs];
  return [String(minute), JSON.stringify([queue, task]), counters];
}
