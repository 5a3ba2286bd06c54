import { routedQueue } from "../broker/queue-name.ts";
import { idAfter, isNextGroup, type Join, type NextStep } from "../envelope/next-step.ts";

/** A step of a flow that is sent, or a list of a group that is made, only when the steps before have succeeded. */
export interface UnsentStep {
  readonly id: string;
  /** `group` for the list of a group. */
  readonly task: string;
  /** Name of the queue without prefix; empty for a group. */
  readonly queue: string;
}

/** A place in a flow. */
export interface FlowPlace {
  /** Of the job or group that stands there. */
  readonly id: string;
  readonly next?: readonly NextStep[];
  readonly join?: Join;
}

/**
 * What cannot come any more when a job has ended without success: the later steps of its line, the groups that the line is
 * in, and what follows these. Members of a group that is still to be sent have no ids that anybody was told.
 */
export function unsentAfter({ id, next = [], join }: FlowPlace): readonly UnsentStep[] {
  let at = id;
  const line = next.map((step) => {
    at = idAfter(at);
    if (isNextGroup(step)) return listOfGroup(at);
    return { id: at, task: step.task, queue: routedQueue(step.queue, step.domain) };
  });
  return join === undefined ? line : [...line, listOfGroup(join.id), ...unsentAfter(join)];
}

function listOfGroup(id: string): UnsentStep {
  return { id, task: "group", queue: "" };
}
