import type { CoordinationStore } from "../../coordination/coordination-store.ts";
import { useOfId } from "../../envelope/envelope.ts";
import { JobAbortedError } from "../../errors/run-errors.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Run } from "../run/run.ts";
import { type CoordinationWatch, watchCoordination } from "./coordination-watch.ts";

/**
 * The set of marks by which jobs and whole flows are cancelled; the name of a mark is the id. Its value says which jobs of
 * that id: those enqueued until then, in ms since 1970. One that is enqueued later is another job.
 */
export const CANCELLED = "cancelled";

/** What was cancelled, as far as a worker knows. */
export interface Cancellations extends CoordinationWatch {
  /** Whether a job, or the flow it belongs to, was cancelled. */
  has(run: Run): boolean;
}

/** What {@link Cancellations} work with. */
export interface CancellationParts {
  /** Nothing can be cancelled where there is no coordination store. */
  readonly coordination: CoordinationStore | undefined;
  readonly runtime: Runtime;
  /** What the worker has in hand. */
  runs(): Iterable<Run>;
}

/**
 * Creates {@link Cancellations}: one call every two seconds for a whole worker, none for a job. Handlers of cancelled jobs
 * are told to stop; what has not started is found out when its turn comes.
 */
export function createCancellations({ coordination, runtime, runs }: CancellationParts): Cancellations {
  let untilById: ReadonlyMap<string, number> = new Map();
  const covers = (id: string | undefined, at: number) =>
    id !== undefined && at <= (untilById.get(id) ?? Number.NEGATIVE_INFINITY);
  const has = ({ envelope }: Run) => {
    if (untilById.size === 0 || envelope === undefined) return false;
    const at = useOfId(envelope);
    return covers(envelope.id, at) || covers(envelope.chain, at);
  };
  const watch = watchCoordination({
    coordination,
    set: CANCELLED,
    runtime,
    onLook(cancelled) {
      untilById = new Map(cancelled.map(({ name, value }) => [name, Number(value)]));
      for (const run of runs()) if (run.owner !== undefined && has(run)) stop(run);
    },
  });
  return { ...watch, has };
}

function stop(run: Run): void {
  run.interrupt({ kind: "cancelled", error: new JobAbortedError("cancelled") });
}
