import { derivedId } from "../runtime/ids.ts";
import type { JsonObject } from "./json-value.ts";

/** A job of a flow that is still to be sent, as it travels with the job before it. Checked and routed when the flow was started. */
export interface NextJob {
  readonly task: string;
  /** What is known already. */
  readonly params: JsonObject;
  /** Further parameters, each with the place in the value before it: `.` for all of it, `user.id` for a part. */
  readonly takes?: Readonly<Record<string, string>>;
  readonly sig: string;
  /** Name of the queue without prefix and domain. */
  readonly queue: string;
  readonly domain?: string;
  readonly delayMs?: number;
  readonly priority?: number;
  readonly maxAttempts?: number;
  readonly groupKey?: string;
}

/** Lines of steps that run side by side. The step behind it gets the list of their last values, in their order. */
export interface NextGroup {
  readonly group: readonly (readonly NextStep[])[];
}

/** What comes after a job has succeeded. */
export type NextStep = NextJob | NextGroup;

/** Where the lines of a group meet: carried by each of them, so that whichever ends last goes on. */
export interface Join {
  /** Id of the group, the same for all its lines. */
  readonly id: string;
  /** How many lines there are, and which of them this is. */
  readonly size: number;
  readonly index: number;
  /** What follows the group. */
  readonly next: readonly NextStep[];
  /** Where the line meets others that the group stands in. */
  readonly join?: Join;
}

/** Whether a step runs several lines at once. */
export function isNextGroup(step: NextStep): step is NextGroup {
  return "group" in step;
}

/** The id of what comes after a job or group: the same however often it is worked out, so that nothing is sent twice. */
export function idAfter(id: string): string {
  return derivedId(id, "then");
}
