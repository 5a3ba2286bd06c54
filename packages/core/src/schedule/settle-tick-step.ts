import type { CompletionStep } from "../job/completion.ts";
import type { Marks } from "../marks/marks.ts";
import type { Logger } from "../runtime/logger.ts";
import { tickOf } from "./tick-job.ts";
import { createTickMarks } from "./tick-marks.ts";

/**
 * The completion step that settles the tick a job was sent for. Its sender does so too, but may be killed just before:
 * a job that is done and gone must not be sent once more. A notebook that does not answer holds no job up.
 */
export function settleTickStep(notebook: Marks, logger: Logger): CompletionStep {
  const marks = createTickMarks(notebook);
  return {
    name: "schedule",
    concerns: (envelope) => envelope.headers !== undefined && tickOf(envelope) !== undefined,
    async complete({ envelope }) {
      const job = tickOf(envelope);
      if (job === undefined) return;
      await marks.settle(job.schedule, job.tick, "sent").catch((error: unknown) => {
        logger.warn(
          { err: error, schedule: job.schedule },
          "a tick cannot be marked as sent; the job goes on",
        );
      });
    },
  };
}
