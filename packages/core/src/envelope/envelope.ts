import { derivedId } from "../runtime/ids.ts";

/** The newest envelope version this release writes and reads. */
export const ENVELOPE_VERSION = 1;

/**
 * A job as a broker stores it: plain JSON in a fixed key order, which people can read. An added optional field does not
 * change `v`; readers ignore unknown fields and keep them in copies. Attempt counts are not in it, since SQS cannot
 * change a stored message.
 */
export interface Envelope {
  readonly v: number;
  /** Name of the task. */
  readonly task: string;
  readonly params: JsonObject;
  /** The job's id. */
  readonly id: string;
  /**
   * The signature of the producer, for counting old jobs in flight. Where the task has versions and the job has none, it
   * tells the version. It never decides alone whether a job is accepted.
   */
  readonly sig: string;
  /** ISO 8601 in UTC with milliseconds, by the producer's clock. */
  readonly enqueuedAt: string;
  /** Set only by the producer's option; otherwise the worker's setting for the task applies. */
  readonly maxAttempts?: number;
  /** The pause before a retry, where another system's producer chose it. Otherwise the worker's setting applies. */
  readonly backoff?: BackoffPlan;
  /** The earliest start, ISO 8601, for delays longer than the broker's longest. */
  readonly notBefore?: string;
  /** The latest start, ISO 8601. After it the job becomes a dead letter `expired`. */
  readonly expiresAt?: string;
  /** Queue without prefix. This release keeps it in copies, but neither sets nor reads it. */
  readonly queue?: string;
  /** The domain whose workers take the job. */
  readonly domain?: string;
  /** Attempts before this message was copied from an earlier one. */
  readonly priorAttempts?: number;
  /** Id of the flow (chain or group) it belongs to. */
  readonly chain?: string;
  /** When that flow was started, ISO 8601. It is the same in all its jobs, also when one is sent again. */
  readonly chainStartedAt?: string;
  /** The next steps of its flow. */
  readonly next?: readonly NextStep[];
  /** The join of its line with others in the flow. */
  readonly join?: Join;
  /**
   * Parameters that were taken from the value of the step before, each with its path there. Only where the worker that
   * sent the job could not check them.
   */
  readonly unchecked?: Readonly<Record<string, string>>;
  /** Id of the job that enqueued it. */
  readonly parent?: string;
  /** Kept in copies; this release neither sets nor reads it. */
  readonly group?: string;
  /** Kept in copies; this release neither sets nor reads it. */
  readonly dedupeKey?: string;
  /** The producer's release. This release keeps it in copies, but neither sets nor reads it. */
  readonly rel?: string;
  /**
   * The version of the task's parameters, from 2. Left out for version 1 and by producers that know no versions; then
   * `sig` and the names decide.
   */
  readonly taskVersion?: number;
  /** Words to find the job by, see `EnqueueOptions`. */
  readonly tags?: readonly string[];
  /** Trace context and headers of the producer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Distinguishes the uses of an id, in ms since 1970: the time of the enqueue. For a job of a flow it is the start of
 * the flow, since such a job may be sent again.
 */
export function useOfId(envelope: Pick<Envelope, "chainStartedAt" | "enqueuedAt">): number {
  return Date.parse(envelope.chainStartedAt ?? envelope.enqueuedAt);
}

/** What an event says of a job besides its names: which use of its id it is, its tags and its flow. */
export interface EventFields {
  /**
   * When it was enqueued, in ms since 1970; for a job of a flow, the start of the flow. An id may be used again; id and
   * time together identify the job.
   */
  readonly enqueuedAt?: number;
  /** As they were given to the enqueue; left out if there are none. */
  readonly tags?: readonly string[];
  /** The id of its flow. */
  readonly flow?: string;
}

/** The {@link EventFields} of a job. */
export function eventFields(envelope: Envelope): EventFields {
  const { tags, chain } = envelope;
  return {
    enqueuedAt: useOfId(envelope),
    ...(tags === undefined ? undefined : { tags }),
    ...(chain === undefined ? undefined : { flow: chain }),
  };
}

/** A JSON value; an envelope cannot contain anything else. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A backoff as data, such as in a configuration file. Times in ms. */
export type BackoffPlan =
  | number
  | readonly number[]
  | {
      readonly type: "exponential";
      readonly baseMs: number;
      readonly maxMs: number;
      readonly jitter?: boolean;
    };

/** Named parameters of a job in its envelope. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** A later job of a flow, stored in the job before it. It was checked and routed when the flow was started. */
export interface NextJob {
  readonly task: string;
  /** The parameters that are already known. */
  readonly params: JsonObject;
  /** Further parameters, each with its path in the previous value: `.` for all of it, `user.id` for a part. */
  readonly takes?: Readonly<Record<string, string>>;
  readonly sig: string;
  /** As in {@link Envelope}. */
  readonly taskVersion?: number;
  /** Name of the queue without prefix and domain. */
  readonly queue: string;
  readonly domain?: string;
  /** In ms. */
  readonly delayMs?: number;
  readonly priority?: number;
  readonly maxAttempts?: number;
  readonly groupKey?: string;
}

/** Lines of steps that run in parallel. The step after the group gets the list of their last values, in order. */
export interface NextGroup {
  readonly group: readonly (readonly NextStep[])[];
}

/** What runs after a job has succeeded. */
export type NextStep = NextJob | NextGroup;

/** The end of a group. Every line contains it, so that the line that ends last can continue the flow. */
export interface Join {
  /** Id of the group, the same for all its lines. */
  readonly id: string;
  /** The number of lines, and the index of this one. */
  readonly size: number;
  readonly index: number;
  /** The steps after the group. */
  readonly next: readonly NextStep[];
  /** The join of the line that contains the group. */
  readonly join?: Join;
}

/** Whether a step is a group. */
export function isNextGroup(step: NextStep): step is NextGroup {
  return "group" in step;
}

/** The id of the step after a job or group. It is always the same, so that no step is sent twice. */
export function idAfter(id: string): string {
  return derivedId(id, "then");
}
