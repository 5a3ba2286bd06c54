import type { Envelope } from "../../envelope/envelope.ts";
import type { CompletionStep } from "../../job/completion.ts";
import { type CompletionParts, completeSteps } from "./completion-steps.ts";
import type { Run } from "./run.ts";
import { RELEASED, type RunOutcome } from "./run-outcome.ts";

/** What ending a cancelled run takes. */
export interface CancelRunParts extends Omit<CompletionParts, "steps"> {
  /** Left out where no results are kept. */
  readonly keepCancelled?: CompletionStep | undefined;
}

/** How the run of a cancelled job ends: that it was cancelled is kept first, then the job leaves its queue. */
export async function cancelRun(
  run: Run,
  envelope: Envelope,
  { keepCancelled, ...parts }: CancelRunParts,
): Promise<RunOutcome | undefined> {
  const steps = keepCancelled === undefined ? [] : [keepCancelled];
  const end = { job: run.ref, envelope, value: undefined, finishedAt: parts.runtime.clock.now() };
  const as = await completeSteps(run, end, { ...parts, steps });
  if (run.hasLostLease) return undefined;
  // A job that nobody wants leaves its queue even where that cannot be kept.
  return as.status === "gave_up" ? RELEASED : { status: "cancelled" };
}
