import { isNextGroup, type Join, type NextJob, type NextStep } from "../envelope/envelope.ts";
import type { EnqueuedJob } from "../job/enqueue.ts";
import type { Producer } from "../producer/producer.ts";
import { derivedId } from "../runtime/ids.ts";

/** A job of a flow whose turn it is, with all later steps. */
export interface PlannedJob extends NextJob {
  readonly id: string;
  readonly next: readonly NextStep[];
  readonly join: Join | undefined;
}

/** A planned job that has its values, and so can be sent. */
export interface ReadyJob extends Omit<PlannedJob, "takes"> {
  /** Parameters that could not be checked, see `Envelope.unchecked`. */
  readonly unchecked?: Readonly<Record<string, string>>;
}

/** Where a line of steps begins. */
export interface LineStart {
  /** Id of the first job; of the group, when the line begins with one. */
  readonly id: string;
  /** The join at its end, if it is a line of a group. */
  readonly join: Join | undefined;
}

/** The first jobs of a line of steps: one, or those of a group; none without steps. */
export function planJobs([first, ...next]: readonly NextStep[], start: LineStart): readonly PlannedJob[] {
  if (first === undefined) return [];
  const { id, join } = start;
  if (!isNextGroup(first)) return [{ ...first, id, next, join }];
  const outer = join === undefined ? undefined : { join };
  return first.group.flatMap((line, index) =>
    planJobs(line, {
      id: derivedId(id, String(index)),
      join: { id, size: first.group.length, index, next, ...outer },
    }),
  );
}

/** The flow of jobs and their origin. */
export interface FlowOrigin {
  /** Id of the flow. */
  readonly chain: string;
  /** When it was started, ISO 8601. */
  readonly startedAt: string;
  /** Id of the job before them. */
  readonly parent?: string | undefined;
  /** Of all jobs of the flow. */
  readonly tags?: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends jobs of a flow, each with all later steps. */
export function sendReady(
  producer: Producer,
  ready: readonly ReadyJob[],
  { chain, startedAt, parent, tags = [], headers }: FlowOrigin,
): Promise<readonly EnqueuedJob[]> {
  return Promise.all(
    ready.map(({ next, join, unchecked, ...job }) => {
      const flow = {
        chain,
        chainStartedAt: startedAt,
        ...(next.length === 0 ? undefined : { next }),
        ...(join === undefined ? undefined : { join }),
        ...(unchecked === undefined ? undefined : { unchecked }),
        ...(tags.length === 0 ? undefined : { tags }),
      };
      return producer.forward(job, { parent, headers, flow });
    }),
  );
}
