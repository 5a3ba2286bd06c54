import type { Outcome } from "./run-experiment.ts";

/** A limit, and the value that was measured. */
export interface Mark {
  readonly name: string;
  readonly seen: number;
  readonly atMost: number;
}

/** How long a job may wait after the end of its dead worker's lease until it runs again, in ms. */
const REDELIVERY_MARGIN_MS = 5_000;

/** The marks of an experiment with the measured values of a run. */
export function marksOf({ experiment, size, findings, remains, badExits }: Outcome): readonly Mark[] {
  const none = (name: string, seen: number): Mark => ({ name, seen, atMost: 0 });
  return [
    none("jobs not enqueued", size.jobs - findings.enqueued),
    none("lost jobs", findings.lost),
    none("innocents dead", findings.dead),
    none("runs counted as failures", findings.blamedRuns),
    none("jobs run that were never enqueued", findings.unknown),
    { name: "double completions", seen: findings.doubleCompletions, atMost: maxDoubles(experiment, size) },
    none("overlapping runs", findings.overlappingRuns),
    ...(experiment.allowsExtraStarts ? [] : [none("extra starts", findings.extraStarts)]),
    {
      name: "slowest redelivery (ms)",
      seen: findings.recovery.maxMs,
      atMost: size.leaseMs + REDELIVERY_MARGIN_MS,
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
export function isReached({ seen, atMost }: Mark): boolean {
  return seen <= atMost;
}
