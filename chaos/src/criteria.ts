import type { Outcome } from "./run-experiment.ts";

/** A limit, and the value that was measured. */
export interface Criterion {
  readonly name: string;
  readonly seen: number;
  readonly atMost: number;
}

/**
 * How long a job may wait after the end of its dead worker's lease until it runs again, in ms, where no other job waits.
 * Workers that are behind, on a busy machine, make it wait as long as any other: that is measured in each run.
 */
const REDELIVERY_MARGIN_MS = 5_000;

/** The criteria of an experiment with the measured values of a run. */
export function criteriaOf({
  experiment,
  size,
  observations,
  remains,
  badExits,
}: Outcome): readonly Criterion[] {
  const none = (name: string, seen: number): Criterion => ({ name, seen, atMost: 0 });
  return [
    none("jobs not enqueued", size.jobs - observations.enqueued),
    none("lost jobs", observations.lost),
    none("innocents dead", observations.dead),
    none("runs counted as failures", observations.blamedRuns),
    none("jobs run that were never enqueued", observations.unknown),
    {
      name: "double completions",
      seen: observations.doubleCompletions,
      atMost: maxDoubles(experiment, size),
    },
    none("double completions without a kill", observations.uncausedDoubles),
    none("overlapping runs", observations.overlappingRuns),
    ...(experiment.allowsExtraStarts ? [] : [none("extra starts", observations.extraStarts)]),
    {
      name: "slowest redelivery (ms)",
      seen: observations.recovery.maxMs,
      atMost: size.leaseMs + REDELIVERY_MARGIN_MS + observations.backlogMs,
    },
    none("messages left over", remains.messages),
    none("damages in the storage", remains.isSound ? 0 : 1),
    none("workers that ended badly", badExits.length),
  ];
}

function maxDoubles({ maxDoubleShare }: Outcome["experiment"], { jobs }: Outcome["size"]): number {
  return Math.floor(jobs * maxDoubleShare);
}

/** Whether the mark is reached. */
export function isReached({ seen, atMost }: Criterion): boolean {
  return seen <= atMost;
}
