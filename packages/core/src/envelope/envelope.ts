import type { JsonObject } from "./json-value.ts";
import type { Join, NextStep } from "./next-step.ts";

export type { JsonObject, JsonValue } from "./json-value.ts";

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
