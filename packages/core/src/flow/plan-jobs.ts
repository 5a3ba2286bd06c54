import {
  isNextGroup,
  type Join,
  type JsonObject,
  type JsonValue,
  type NextJob,
  type NextStep,
} from "../envelope/envelope.ts";
import type { EnqueuedJob } from "../job/enqueue.ts";
import type { Producer } from "../producer/producer.ts";
import { derivedId } from "../runtime/ids.ts";

/** A job that can be sent now, with all later steps. */
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
  /** The value of the previous steps. */
  readonly previous: JsonValue;
  /** The join at its end, if it is a line of a group. */
  readonly join: Join | undefined;
}

/** The first jobs of a line of steps: one, or those of a group; none without steps. */
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

/** Stands for the whole value. */
const WHOLE = ".";

/**
 * The parameters of a step: the known ones, and those from the previous value. A path that does not exist leaves its
 * parameter out; the task's signature then reports it.
 */
function takeParams(
  params: JsonObject,
  takes: Readonly<Record<string, string>> | undefined,
  previous: JsonValue,
): JsonObject {
  if (takes === undefined) return params;
  const taken = Object.entries(takes)
    .map(([name, path]) => [name, valueAt(previous, path)] as const)
    .filter((entry): entry is readonly [string, JsonValue] => entry[1] !== undefined);
  return { ...params, ...Object.fromEntries(taken) };
}

/** Only own properties, so that a path never reads inherited ones. */
function valueAt(value: JsonValue, path: string): JsonValue | undefined {
  if (path === WHOLE) return value;
  let at: JsonValue | undefined = value;
  for (const key of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as JsonObject)[key];
  }
  return at;
}

/** The flow of jobs and their origin. */
export interface FlowOrigin {
  /** Id of the flow. */
  readonly chain: string;
  /** When it was started, ISO 8601. */
  readonly startedAt: string;
  /** Id of the job before them. */
  readonly parent?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends jobs of a flow, each with all later steps. */
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
