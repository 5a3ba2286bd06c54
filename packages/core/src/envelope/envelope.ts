import { derivedId } from "../runtime/ids.ts";

/** The newest envelope version this release writes and reads. */
export const ENVELOPE_VERSION = 1;

/**
 * A job as it is written to a broker: plain JSON in a fixed key order, readable by eye in any console.
 * Adding an optional field keeps `v`; unknown fields are ignored by readers and kept in copies.
 * Attempt counts are not in it: SQS cannot rewrite a message in place.
 */
export interface Envelope {
  readonly v: number;
  /** Name of the task. */
  readonly task: string;
  readonly params: JsonObject;
  /** The job's id. */
  readonly id: string;
  /** The signature it was sent with, for counting old jobs in flight; it never decides acceptance. */
  readonly sig: string;
  /** ISO 8601 in UTC with milliseconds, by the producer's clock. */
  readonly enqueuedAt: string;
  /** Only when the producer asked for it; else the worker's setting for the task counts. */
  readonly maxAttempts?: number;
  /** Not to be started before, ISO 8601: for delays longer than the broker can hold in one step. */
  readonly notBefore?: string;
  /** Not to be started after, ISO 8601: then it becomes a dead letter `expired`. */
  readonly expiresAt?: string;
  /** Queue without prefix. */
  readonly queue?: string;
  readonly domain?: string;
  /** Attempts already made in an earlier life of this job (a copied message). */
  readonly priorAttempts?: number;
  /** Id of the flow (chain or group) it belongs to. */
  readonly chain?: string;
  /** When that flow was started, ISO 8601: the same in all its jobs, however often one of them is sent. */
  readonly chainStartedAt?: string;
  /** What comes after it in its flow. */
  readonly next?: readonly NextStep[];
  /** Where its line of the flow meets others. */
  readonly join?: Join;
  /** Id of the job that enqueued it. */
  readonly parent?: string;
  readonly group?: string;
  readonly dedupeKey?: string;
  /** The producer's release. */
  readonly rel?: string;
  /** Trace context and whatever the producer attached. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Tells one use of an id from the next, in ms since 1970: when the job was enqueued. Of a job of a flow, when the flow was
 * started: such a job may be sent more than once and is the same job.
 */
export function useOfId(envelope: Envelope): number {
  return Date.parse(envelope.chainStartedAt ?? envelope.enqueuedAt);
}

/** A JSON value as it arrives: nothing else can be in an envelope. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Named parameters of a job as they travel. */
export type JsonObject = { readonly [key: string]: JsonValue };

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
