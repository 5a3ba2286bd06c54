import type { Outcome } from "./run-experiment.ts";

/** A limit, and the value that was measured. */
export interface Criterion {
  readonly name: string;
  readonly seen: number;
  readonly atMost: number;
  /** Whether it is a time, which also depends on what else the machine does. */
  readonly isTime?: true;
}

/**
 * How long a job may wait after the end of its dead worker's lease until it runs again, in ms, where no other job waits.
 * Workers that are behind, on a busy machine, make it wait as long as any other: that is measured in each run.
 */
const REDELIVERY_MARGIN_MS = 5_000;

/** How long workers may take to go on when the server is back, in ms. */
const RESUME_MS = 5_000;

/** The criteria of an experiment with the measured values of a run. */
export function criteriaOf(outcome: Outcome): readonly Criterion[] {
  const { experiment, traits, observations, remains, badExits } = outcome;
  return [
    none("jobs not enqueued", outcome.jobs - observations.enqueued - observations.unanswered),
    ...(experiment.interruptsServer ? [] : [none("sends without an answer", observations.unanswered)]),
    none("lost jobs", observations.lost),
    none("innocents dead", observations.dead),
    ...(traits.countsNoFailures ? [] : [none("runs counted as failures", observations.blamedRuns)]),
    none("jobs run that were never enqueued", observations.unknown),
    ...doublesOf(outcome),
    none("overlapping runs", observations.overlappingRuns),
    ...(experiment.allowsExtraStarts ? [] : [none("extra starts", observations.extraStarts)]),
    ...effectsOf(outcome),
    ...timesOf(outcome),
    none("messages left over", remains.messages),
    none("damages in the storage", remains.isSound ? 0 : 1),
    none("workers that ended badly", badExits.length),
  ];
}

/** A worker that is frozen with the lock of the file makes the others wait until it goes on. */
function timesOf({ experiment, size, traits, observations }: Outcome): readonly Criterion[] {
  const lockedMs = traits.locksAll ? experiment.frozenLeases * size.leaseMs : 0;
  const redelivery: Criterion = {
    name: "slowest redelivery (ms)",
    seen: observations.recovery.maxMs,
    atMost: size.leaseMs + REDELIVERY_MARGIN_MS + lockedMs + observations.backlogMs,
    isTime: true,
  };
  if (!experiment.interruptsServer) return [redelivery];
  const { slowestResumeMs } = observations;
  return [
    redelivery,
    { name: "slowest resume (ms)", seen: slowestResumeMs, atMost: RESUME_MS, isTime: true },
  ];
}

function none(name: string, seen: number): Criterion {
  return { name, seen, atMost: 0 };
}

/** Where jobs share a lease, each double that a fault explains is allowed: nobody can say which of them were done. */
function doublesOf({ experiment, size, traits, observations }: Outcome): readonly Criterion[] {
  const atMost = traits.sharesLeases ? undefined : experiment.maxDoubles(size);
  return [
    ...(atMost === undefined
      ? []
      : [{ name: "double completions", seen: observations.doubleCompletions, atMost }]),
    none("double completions without a fault", observations.uncausedDoubles),
  ];
}

/** A handler that uses the database fails while it is away. Otherwise it has no reason to. */
function effectsOf({ experiment, observations }: Outcome): readonly Criterion[] {
  const { effects, failedEffects } = observations;
  if (effects === undefined) return [];
  return [
    none("transactional jobs without their row", effects.missing),
    none("double rows of transactional jobs", effects.doubles),
    none("rows of jobs that were never enqueued", effects.unknown),
    ...(experiment.interruptsServer
      ? []
      : [none("runs of transactional jobs counted as failures", failedEffects)]),
  ];
}

/** Whether the mark is reached. */
export function isReached({ seen, atMost }: Criterion): boolean {
  return seen <= atMost;
}
