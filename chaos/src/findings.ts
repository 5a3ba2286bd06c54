import type { LedgerEntry } from "./ledger.ts";
import { type Run, runsByJob } from "./runs.ts";

/** How long it took from a kill until a job cut short by it was started again, in ms. */
export interface Recovery {
  /** Jobs that were cut short. */
  readonly interrupted: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What a ledger says about the jobs of one run. */
export interface Findings {
  readonly enqueued: number;
  /** Jobs stored for sure that neither came to their end nor are dead letters (oracle O1). */
  readonly lost: number;
  /** Dead letters; no job here ever fails, so each one is an innocent. */
  readonly dead: number;
  /** Ends of one job beyond its first (O2). */
  readonly doubleCompletions: number;
  /** Runs that began while another living worker was at the same job (O2). */
  readonly overlappingRuns: number;
  /** Jobs that ran without ever having been stored (O3). */
  readonly unknown: number;
  /** Starts of one job beyond its first. */
  readonly extraStarts: number;
  /** Runs before which the job had been counted as failed, though it never fails. */
  readonly blamedRuns: number;
  readonly recovery: Recovery;
}

/** Holds the oracles against a ledger; `dead` are the ids of the dead letters. */
export function findingsOf(entries: readonly LedgerEntry[], dead: ReadonlySet<string>): Findings {
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
    overlappingRuns: sum(jobs, countOverlaps),
    unknown: [...byJob.keys()].filter((id) => !stored.has(id) && !maybeStored.has(id)).length,
    extraStarts: sum(jobs, (runs) => runs.length - 1),
    blamedRuns: sum(jobs, (runs) => runs.filter(({ attempt }) => attempt > 1).length),
    recovery: recoveryOf(jobs.flatMap(recoveryTimes)),
  };
}

function idsOf(entries: readonly LedgerEntry[], type: "enqueued" | "maybe_sent"): ReadonlySet<string> {
  return new Set(entries.flatMap((entry) => (entry.type === type ? [entry.id] : [])));
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

function recoveryOf(times: readonly number[]): Recovery {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return { interrupted: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
