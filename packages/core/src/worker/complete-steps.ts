import type { Envelope } from "../envelope/envelope.ts";
import { serializeError } from "../errors/serialized-error.ts";
import type { CompletionStep, Success } from "../job/completion.ts";
import type { Lifecycle } from "../job/lifecycle.ts";
import { sleep } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { patience } from "./patience.ts";
import type { Run } from "./run.ts";

/** What completing takes. */
export interface CompletionParts {
  readonly steps: readonly CompletionStep[];
  readonly runtime: Runtime;
  readonly lifecycle: Lifecycle;
}

/** Whether any of the steps has something to do for a job. */
export function isConcerned(steps: readonly CompletionStep[], envelope: Envelope): boolean {
  for (const step of steps) if (step.concerns === undefined || step.concerns(envelope)) return true;
  return false;
}

/**
 * Takes the steps between success and ack, in order. A step that fails is tried again while the lease is kept;
 * `gave_up` when the lease or the shutdown ended first: then the job goes back as a whole.
 */
export async function completeSteps(
  run: Run,
  success: Success,
  { steps, runtime, lifecycle }: CompletionParts,
): Promise<"done" | "gave_up"> {
  for (const step of steps) {
    if (step.concerns?.(success.envelope) === false) continue;
    for (let failures = 0; ; ) {
      try {
        await step.complete(success);
        break;
      } catch (error) {
        if (failures++ === 0 && lifecycle.isObserved) {
          const at = runtime.clock.now();
          const delayed = { step: step.name, error: serializeError(error), job: run.ref, at };
          lifecycle.publish({ type: "job.step_delayed", ...delayed });
        }
        const fields = { err: error, step: step.name, job: run.ref.id, failures };
        runtime.limited.warn(fields, "a completion step failed; it is tried again while the lease lasts");
        await sleep(runtime.clock, patience(failures, runtime.random));
        if (run.hasLostLease || run.isAbandoned) return "gave_up";
      }
    }
  }
  return "done";
}
