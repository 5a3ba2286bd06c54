import { JobAbortedError } from "../errors/run-errors.ts";
import type { Marks } from "../marks/marks.ts";
import type { Cancel } from "../runtime/clock.ts";
import { withDeadline } from "../runtime/deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Run } from "./run.ts";

/** The set of marks by which jobs and whole flows are cancelled; the name of a mark is the id. */
export const CANCELLED = "cancelled";

/** How often a worker looks what was cancelled, in ms. */
const LOOK_MS = 2_000;

/** A notebook that does not answer must not hold up a worker's start for longer, in ms. */
const FIRST_LOOK_MS = 5_000;

/** What was cancelled, as far as a worker knows. */
export interface Cancellations {
  /** Looks for the first time, and then again and again. Never rejects. */
  begin(): Promise<void>;
  /** Whether a job, or the flow it belongs to, was cancelled. */
  has(run: Run): boolean;
  /** Looks no more. */
  end(): void;
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
  const { clock, logger } = runtime;
  let ids: ReadonlySet<string> = new Set();
  let hasFailed = false;
  let hasEnded = false;
  let cancelNext: Cancel = () => {};

  const has = ({ ref, chain }: Run) =>
    ids.size > 0 && (ids.has(ref.id) || (chain !== undefined && ids.has(chain)));

  async function look(notebook: Marks): Promise<void> {
    try {
      ids = new Set((await notebook.list(CANCELLED)).map(({ name }) => name));
      hasFailed = false;
      for (const run of runs()) if (run.owner !== undefined && has(run)) stop(run);
    } catch (error) {
      if (!hasFailed) logger.warn({ err: error }, "what was cancelled cannot be read; the worker goes on");
      hasFailed = true;
    }
    if (!hasEnded) cancelNext = clock.schedule(LOOK_MS, () => void look(notebook));
  }

  return {
    has,
    async begin() {
      if (marks === undefined) return;
      await withDeadline(clock, FIRST_LOOK_MS, look(marks), () => new Error("late")).catch(() => {});
    },
    end() {
      hasEnded = true;
      cancelNext();
    },
  };
}

function stop(run: Run): void {
  run.interrupt({ kind: "cancelled", error: new JobAbortedError("cancelled") });
}
