import { JobAbortedError } from "../errors/run-errors.ts";
import type { Marks } from "../marks/marks.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type MarkWatch, watchMarks } from "./mark-watch.ts";
import type { Run } from "./run.ts";

/** The set of marks by which jobs and whole flows are cancelled; the name of a mark is the id. */
export const CANCELLED = "cancelled";

/** What was cancelled, as far as a worker knows. */
export interface Cancellations extends MarkWatch {
  /** Whether a job, or the flow it belongs to, was cancelled. */
  has(run: Run): boolean;
}

/** What {@link Cancellations} work with. */
export interface CancellationParts {
  /** Nothing can be cancelled where there is no notebook. */
  readonly marks: Marks | undefined;
  readonly runtime: Runtime;
  /** What the worker has in hand. */
  runs(): Iterable<Run>;
}

/**
 * Creates {@link Cancellations}: one call every two seconds for a whole worker, none for a job. Handlers of cancelled jobs
 * are told to stop; what has not started is found out when its turn comes.
 */
export function createCancellations({ marks, runtime, runs }: CancellationParts): Cancellations {
  let ids: ReadonlySet<string> = new Set();
  const has = (run: Run) =>
    ids.size > 0 && (ids.has(run.ref.id) || (run.chain !== undefined && ids.has(run.chain)));
  const watch = watchMarks({
    marks,
    set: CANCELLED,
    runtime,
    onLook(cancelled) {
      ids = new Set(cancelled.map(({ name }) => name));
      for (const run of runs()) if (run.owner !== undefined && has(run)) stop(run);
    },
  });
  return { ...watch, has };
}

function stop(run: Run): void {
  run.interrupt({ kind: "cancelled", error: new JobAbortedError("cancelled") });
}
