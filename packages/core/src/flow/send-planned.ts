import type { EnqueuedJob } from "../job/enqueue.ts";
import type { Producer } from "../producer/producer.ts";
import type { PlannedJob } from "./plan-jobs.ts";

/** Which flow jobs belong to and where they come from. */
export interface FlowOrigin {
  /** Id of the flow. */
  readonly chain: string;
  /** When it was started, ISO 8601. */
  readonly startedAt: string;
  /** Id of the job before them. */
  readonly parent?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends jobs of a flow, each with all that comes after it. */
export function sendPlanned(
  producer: Producer,
  planned: readonly PlannedJob[],
  { chain, startedAt, parent, headers }: FlowOrigin,
): Promise<readonly EnqueuedJob[]> {
  return Promise.all(
    planned.map(({ next, join, ...job }) => {
      const flow = {
        chain,
        chainStartedAt: startedAt,
        ...(next.length === 0 ? undefined : { next }),
        ...(join === undefined ? undefined : { join }),
      };
      return producer.forward(job, { parent, headers, flow });
    }),
  );
}
