import type { JsonObject, JsonValue } from "../envelope/envelope.ts";
import { isNextGroup, type Join, type NextJob, type NextStep } from "../envelope/next-step.ts";
import { derivedId } from "../runtime/ids.ts";
import { takeParams } from "./take-params.ts";

/** A job that can be sent now, with all that comes after it. */
export interface PlannedJob extends Omit<NextJob, "takes"> {
  readonly id: string;
  readonly params: JsonObject;
  readonly next: readonly NextStep[];
  readonly join: Join | undefined;
}

/** Where a line of steps begins. */
export interface LineStart {
  /** Id of the first job; of the group, when the line begins with one. */
  readonly id: string;
  /** What the steps before it gave. */
  readonly previous: JsonValue;
  /** Where the line ends up, when it is one of a group. */
  readonly join: Join | undefined;
}

/** The jobs that a line of steps begins with: one, or those of a group. No steps, no jobs. */
export function planJobs([first, ...next]: readonly NextStep[], start: LineStart): readonly PlannedJob[] {
  if (first === undefined) return [];
  const { id, previous, join } = start;
  if (!isNextGroup(first)) {
    const { takes, ...job } = first;
    return [{ ...job, id, params: takeParams(job.params, takes, previous), next, join }];
  }
  const outer = join === undefined ? undefined : { join };
  return first.group.flatMap((line, index) =>
    planJobs(line, {
      id: derivedId(id, String(index)),
      previous,
      join: { id, size: first.group.length, index, next, ...outer },
    }),
  );
}
