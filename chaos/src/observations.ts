import type { RunLogEntry } from "./run-log.ts";
import { type Run, runsByJob } from "./runs.ts";

/** The time from a kill until an interrupted job started again, in ms. */
export interface Recovery {
  /** Jobs that a kill interrupted. */
  readonly interrupted: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The faults that the run log of one run shows. */
export interface Observations {
  readonly enqueued: number;
  /** Jobs that were surely stored, but neither completed nor became dead letters (oracle O1). */
  readonly lost: number;
  /** Dead letters. No job of an experiment fails, so each one is an error. */
  readonly dead: number;
  /** Completions of a job after its first (O2). */
  readonly doubleCompletions: number;
  /** Those of them whose first worker was not killed: nothing excuses them. */
  readonly uncausedDoubles: number;
  /** Runs that began while another living worker still ran the same job (O2). */
  readonly overlappingRuns: number;
  /** Jobs that ran without ever having been stored (O3). */
  readonly unknown: number;
  /** Starts of a job after its first. */
  readonly extraStarts: number;
  /** Runs with a counted failure before them, although no job fails. */
  readonly blamedRuns: number;
  readonly recovery: Recovery;
  /**
   * The wait from the enqueue to the first start that one job in ten exceeds, in ms. It shows how far the workers are
   * behind: a job that comes back waits as long.
   */
  readonly backlogMs: number;
}

/** Applies the oracles to a run log; `dead` are the ids of the dead letters. */
export function observationsOf(entries: readonly RunLogEntry[], dead: ReadonlySet<string>): Observations {
  const stored = idsOf(entries, "enqueued");
  const maybeStored = idsOf(entries, "maybe_sent");
  const byJob = runsByJob(entries);
  const jobs = [...byJob.values()];
  const hasEnd = (id: string) => byJob.get(id)?.some(({ isDone }) => isDone) ?? false;
  return {
    enqueued: stored.size,
    lost: [...stored].filter((id) => !hasEnd(id) && !dead.has(id)).length,
    dead: dead.size,
    doubleCompletions: sum(jobs, (runs) => Math.max(0, runs.filter(({ isDone }) => isDone).length - 1)),
    uncausedDoubles: sum(jobs, countUncausedDoubles),
    overlappingRuns: sum(jobs, countOverlaps),
    unknown: [...byJob.keys()].filter((id) => !stored.has(id) && !maybeStored.has(id)).length,
    extraStarts: sum(jobs, (runs) => runs.length - 1),
    blamedRuns: sum(jobs, (runs) => runs.filter(({ attempt }) => attempt > 1).length),
    recovery: recoveryOf(jobs.flatMap(recoveryTimes)),
    backlogMs: at(firstWaits(entries, byJob), 0.9),
  };
}

function idsOf(entries: readonly RunLogEntry[], type: "enqueued" | "maybe_sent"): ReadonlySet<string> {
  return new Set(entries.flatMap((entry) => (entry.type === type ? [entry.id] : [])));
}

/** A completion before the last is excused by a kill of its worker, which could not tell of it any more. */
function countUncausedDoubles(runs: readonly Run[]): number {
  const completed = runs.filter(({ isDone }) => isDone);
  return completed.slice(0, -1).filter(({ isKilled }) => !isKilled).length;
}

function countOverlaps(runs: readonly Run[]): number {
  return runs.filter((run, index) => run.startedAt < (runs[index - 1]?.endedAt ?? 0)).length;
}

function recoveryTimes(runs: readonly Run[]): readonly number[] {
  return runs.flatMap((run, index) => {
    const next = runs[index + 1];
    return run.isDone || next === undefined ? [] : [next.startedAt - run.endedAt];
  });
}

/** How long each job waited for its first start. One that started before the answer came has not waited. */
function firstWaits(
  entries: readonly RunLogEntry[],
  byJob: ReadonlyMap<string, readonly Run[]>,
): readonly number[] {
  return entries.flatMap((entry) => {
    const first = entry.type === "enqueued" ? byJob.get(entry.id)?.[0] : undefined;
    return entry.type === "enqueued" && first ? [Math.max(0, first.startedAt - entry.at)] : [];
  });
}

function recoveryOf(times: readonly number[]): Recovery {
  return { interrupted: times.length, p50Ms: at(times, 0.5), p99Ms: at(times, 0.99), maxMs: at(times, 1) };
}

/** The time that this share of all times does not exceed; 0 without times. */
function at(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0;
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
