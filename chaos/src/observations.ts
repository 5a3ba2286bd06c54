import type { BrokerTraits } from "./brokers/broker-under-test.ts";
import type { RunLogEntry } from "./run-log.ts";
import { type Run, runsByJob } from "./runs.ts";

/**
 * The time from a kill or a freeze until an interrupted job started again, in ms. The next worker may be killed or frozen
 * too, before it begins the job. The job then waits for the end of one more lease: the time is divided by the leases.
 */
export interface Recovery {
  /** Jobs that were interrupted. */
  readonly interrupted: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The rows that handlers wrote in the transaction that completes their job. */
export interface EffectCounts {
  readonly rows: number;
  /** Rows of a job after its first. */
  readonly doubles: number;
  /** Jobs that were surely stored and are no dead letters, and have no row. */
  readonly missing: number;
  /** Rows of jobs that were never stored. */
  readonly unknown: number;
}

/** The faults that the run log of one run shows. */
export interface Observations {
  readonly enqueued: number;
  /** Sends without an answer: the job may be stored. */
  readonly unanswered: number;
  /** Jobs that were surely stored, but neither completed nor became dead letters (oracle O1). */
  readonly lost: number;
  /** Dead letters. No job of an experiment fails for good, so each one is an error. */
  readonly dead: number;
  /** Completions of a job after its first (O2). */
  readonly doubleCompletions: number;
  /** Those of them that no fault explains. */
  readonly uncausedDoubles: number;
  /** Runs that began while another living worker still ran the same job (O2). */
  readonly overlappingRuns: number;
  /** Jobs that ran without ever having been stored (O3). */
  readonly unknown: number;
  /** Starts of a job after its first. */
  readonly extraStarts: number;
  /** Runs with a counted failure before them, of jobs whose handler never throws. */
  readonly blamedRuns: number;
  /** The same for jobs whose handler uses the database. */
  readonly failedEffects: number;
  readonly recovery: Recovery;
  /** The longest time from the return of the server until the next job started, in ms. 0 without a crash. */
  readonly slowestResumeMs: number;
  /**
   * The wait from the enqueue to the first start that one job in ten exceeds, in ms. It shows how far the workers are
   * behind: a job that comes back waits as long.
   */
  readonly backlogMs: number;
  /** `undefined` for a broker without transactions of the handler. */
  readonly effects: EffectCounts | undefined;
}

/** The state at the end of a run, and what its broker cannot do, besides its log. */
export interface FinalState {
  readonly traits?: BrokerTraits;
  /** Ids of the dead letters. */
  readonly dead: ReadonlySet<string>;
  /** The job of each row that a handler wrote; `undefined` for a broker without transactions of the handler. */
  readonly effects?: readonly string[] | undefined;
}

/** Applies the oracles to a run log. */
export function observationsOf(
  entries: readonly RunLogEntry[],
  { dead, effects, traits }: FinalState,
): Observations {
  const stored = idsOf(entries, "enqueued");
  const maybeStored = idsOf(entries, "maybe_sent");
  const withEffect = idsWithEffect(entries);
  const byJob = runsByJob(entries, traits);
  const jobs = [...byJob.values()];
  const written = new Set(effects);
  const losses = entries.flatMap(lossOf);
  const hasEnd = (id: string) => written.has(id) || (byJob.get(id)?.some(({ isDone }) => isDone) ?? false);
  const isUnknown = (id: string) => !stored.has(id) && !maybeStored.has(id);
  const laterAttempts = (isOfEffect: boolean) =>
    [...byJob].flatMap(([id, runs]) =>
      withEffect.has(id) === isOfEffect ? runs.filter(({ attempt }) => attempt > 1) : [],
    ).length;
  return {
    enqueued: stored.size,
    unanswered: maybeStored.size,
    lost: [...stored].filter((id) => !hasEnd(id) && !dead.has(id)).length,
    dead: dead.size,
    doubleCompletions: sum(jobs, (runs) => Math.max(0, runs.filter(({ isDone }) => isDone).length - 1)),
    uncausedDoubles: sum(jobs, countUncausedDoubles),
    overlappingRuns: sum(jobs, countOverlaps),
    unknown: [...byJob.keys()].filter(isUnknown).length,
    extraStarts: sum(jobs, (runs) => runs.length - 1),
    blamedRuns: laterAttempts(false),
    failedEffects: laterAttempts(true),
    recovery: recoveryOf(jobs.flatMap((runs) => recoveryTimes(runs, losses))),
    slowestResumeMs: slowestResume(entries),
    backlogMs: at(firstWaits(entries, byJob), 0.9),
    effects: effects && {
      rows: effects.length,
      doubles: effects.length - written.size,
      missing: [...withEffect].filter((id) => stored.has(id) && !written.has(id) && !dead.has(id)).length,
      unknown: [...written].filter(isUnknown).length,
    },
  };
}

function idsOf(entries: readonly RunLogEntry[], type: "enqueued" | "maybe_sent"): ReadonlySet<string> {
  return new Set(entries.flatMap((entry) => (entry.type === type ? [entry.id] : [])));
}

function idsWithEffect(entries: readonly RunLogEntry[]): ReadonlySet<string> {
  return new Set(entries.flatMap((entry) => ("hasEffect" in entry && entry.hasEffect ? [entry.id] : [])));
}

/** A run after a completed one is excused by a fault: the worker could not tell of the end, or the server forgot it. */
function countUncausedDoubles(runs: readonly Run[]): number {
  const lastDone = runs.findLastIndex(({ isDone }) => isDone);
  return runs.slice(0, Math.max(0, lastDone)).filter((run, index) => {
    const next = runs[index + 1];
    return run.isDone && next !== undefined && next.startedAt < run.mayRepeatFrom;
  }).length;
}

function countOverlaps(runs: readonly Run[]): number {
  return runs.filter((run, index) => run.startedAt < (runs[index - 1]?.endedAt ?? 0)).length;
}

/** When a worker was killed or frozen, where an entry says so. */
function lossOf(entry: RunLogEntry): readonly number[] {
  if (entry.type === "killed") return [entry.at];
  return entry.type === "frozen" ? [entry.from] : [];
}

/** `losses`: when workers were killed or frozen. */
function recoveryTimes(runs: readonly Run[], losses: readonly number[]): readonly number[] {
  return runs.flatMap((run, index) => {
    const next = runs[index + 1];
    if (!run.isCutShort || next === undefined) return [];
    const lost = losses.filter((at) => at > run.endedAt && at < next.startedAt).length;
    // A server that crashed may have forgotten deliveries.
    const leases = Math.max(1, Math.min(next.delivery - run.delivery, 1 + lost));
    return [Math.round((next.startedAt - run.endedAt) / leases)];
  });
}

function slowestResume(entries: readonly RunLogEntry[]): number {
  const starts = entries.flatMap((entry) => (entry.type === "started" ? [entry.at] : []));
  const waits = entries.flatMap((entry) => {
    if (entry.type !== "crashed") return [];
    const later = starts.filter((at) => at >= entry.to);
    return later.length === 0 ? [] : [Math.min(...later) - entry.to];
  });
  return Math.max(0, ...waits);
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
