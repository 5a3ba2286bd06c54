import { isJobsError } from "@jobs/core";
import { type HistoryRetention, readKeptJob, TOTALS_TTL_MS, unescapeText } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import { COUNT_JOBS, OLDEST_JOBS, REMOVE_JOBS, REMOVE_OTHERS } from "../scripts/history.lua.ts";
import { type AskHistory, digestOf, INDEXES_OF_DAMAGED, indexesOf } from "./history-keys.ts";

/** Jobs in one step: few enough that Redis serves others between two of them. */
const JOBS_STEP = 100;

/** Events without a job, and minutes, in one step. */
const OTHERS_STEP = 1_000;

/** Removes what is too old or too much, step by step. Returns the number of removed jobs. */
export async function pruneHistory(
  ask: AskHistory,
  { olderThanMs, maxJobs = Number.POSITIVE_INFINITY }: HistoryRetention,
  clock: Clock,
): Promise<number> {
  const now = clock.now();
  let removed = 0;
  if (Number.isFinite(olderThanMs)) {
    const max = `(${now - olderThanMs}`;
    removed += await removeOldest(ask, max, Number.POSITIVE_INFINITY);
    const minute = `(${now - Math.max(olderThanMs, TOTALS_TTL_MS)}`;
    for (let found = OTHERS_STEP; found === OTHERS_STEP; ) {
      const [step] = (await ask(REMOVE_OTHERS, { max, minute, count: OTHERS_STEP })).parts;
      found = Number(step);
    }
  }
  if (Number.isFinite(maxJobs)) {
    const [count] = (await ask(COUNT_JOBS, {})).parts;
    removed += await removeOldest(ask, "+inf", Number(count) - maxJobs);
  }
  return removed;
}

/** Removes up to `count` jobs. A job that changes meanwhile stays. */
async function removeOldest(ask: AskHistory, max: string, count: number): Promise<number> {
  let removed = 0;
  while (removed < count) {
    const wanted = Math.min(JOBS_STEP, count - removed);
    const [found] = (await ask(OLDEST_JOBS, { max, count: wanted })).parts as readonly [
      readonly (string | null)[],
    ];
    const jobs: unknown[] = [];
    for (let at = 0; at < found.length; at += 2) {
      const text = found[at + 1] ?? null;
      jobs.push([found[at], digestOf(text), indexesIn(found[at] ?? "", text)]);
    }
    const [step] = (await ask(REMOVE_JOBS, { jobs })).parts;
    removed += Number(step);
    if (jobs.length < wanted || Number(step) === 0) break;
  }
  return removed;
}

function indexesIn(id: string, text: string | null): readonly string[] {
  if (text === null) return INDEXES_OF_DAMAGED;
  try {
    return indexesOf(readKeptJob(unescapeText(id), text).record);
  } catch (error) {
    if (isJobsError(error, "unreadable_record")) return INDEXES_OF_DAMAGED;
    throw error;
  }
}
