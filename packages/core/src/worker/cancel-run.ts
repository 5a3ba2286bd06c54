import type { Envelope } from "../envelope/envelope.ts";
import type { CompletionStep } from "../job/completion.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { completeSteps } from "./complete-steps.ts";
import { type Ending, RELEASED } from "./ending.ts";
import type { Run } from "./run.ts";

/** What ending a cancelled run takes. */
export interface CancelRunParts {
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
  /** Left out where no results are kept. */
  readonly keepCancelled?: CompletionStep | undefined;
}

/** How the run of a cancelled job ends: that it was cancelled is kept first, then the job leaves its queue. */
export async function cancelRun(
  run: Run,
  envelope: Envelope,
  { runtime, lifecycle, keepCancelled }: CancelRunParts,
): Promise<Ending | undefined> {
  const steps = keepCancelled === undefined ? [] : [keepCancelled];
  const end = { job: run.ref, envelope, value: undefined, finishedAt: runtime.clock.now() };
  const as = await completeSteps(run, end, { steps, runtime, lifecycle });
  if (run.hasLostLease) return undefined;
  return as === "done" ? { status: "cancelled" } : RELEASED;
}
