import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { CompletionStep } from "../job/completion.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { tickOf } from "./tick-job.ts";
import { createTickMarks } from "./tick-marks.ts";

/**
 * The completion step that settles the tick a job was sent for. Its sender does so too, but may be killed just before:
 * a job that is done and gone must not be sent once more. A coordination store that does not answer holds no job up.
 */
export function settleTickStep(
  appCoordination: CoordinationStore,
  { report, limited }: Pick<Runtime, "report" | "limited">,
): CompletionStep {
  const coordination = createTickMarks(appCoordination);
  return {
    name: "schedule",
    concerns: (envelope) => envelope.headers !== undefined && tickOf(envelope) !== undefined,
    async complete({ envelope }) {
      const job = tickOf(envelope);
      if (job === undefined) return;
      await coordination.settle(job.schedule, job.tick, "sent").catch((error: unknown) => {
        const reported = { source: "store", err: error, schedule: job.schedule } as const;
        report(reported, "a tick cannot be marked as sent; the job goes on", limited.warn);
      });
    },
  };
}
