import type { JobsError } from "../errors/jobs-error.ts";
import { type OptionRules, optionsCheck } from "../options/check-options.ts";
import { date, mapOf, ms, msAboveZero, textOrEmpty, whole } from "../options/option-rules.ts";
import type { Task } from "../task/task.ts";

/** How one job is sent. */
export interface EnqueueOptions {
  /** Another queue than the task's, without prefix. */
  readonly queue?: string;
  /** Another domain of workers than the task's. */
  readonly domain?: string;
  /** Not before this many ms from now. Excludes `at`. */
  readonly delayMs?: number;
  /** Not before this moment. Excludes `delayMs`. A moment in the past means now. */
  readonly at?: Date;
  /** 0 normal … 9 first. @throws UnsupportedError where the broker has no priorities. */
  readonly priority?: number;
  /** The job's id instead of a new UUIDv7; while a job of that id is stored, a second one is not added where the broker dedupes. */
  readonly id?: string;
  /** FIFO group or fair-queue key. @throws UnsupportedError where the broker has no groups. */
  readonly groupKey?: string;
  /** Overrides the task's `maxAttempts` for this job. */
  readonly maxAttempts?: number;
  /** A job not started within this many ms becomes a dead letter `expired`. */
  readonly expiresInMs?: number;
  /** Small texts that travel beside the parameters: trace context, tenant. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Small texts by name. */
export const HEADERS_RULE = mapOf("texts", textOrEmpty);

/** What all ways of sending share. Names and lengths of time are held against their bounds where these ways meet. */
export const SENDING_RULES: OptionRules<
  Pick<EnqueueOptions, "domain" | "delayMs" | "priority" | "groupKey" | "maxAttempts">
> = {
  domain: textOrEmpty,
  delayMs: ms(),
  priority: whole(0, 9),
  groupKey: textOrEmpty,
  maxAttempts: whole(1),
};

/** Checks the options of every enqueue. */
export const checkEnqueueOptions = optionsCheck<EnqueueOptions>({
  ...SENDING_RULES,
  queue: textOrEmpty,
  at: date,
  id: textOrEmpty,
  expiresInMs: msAboveZero(),
  headers: HEADERS_RULE,
});

/** The receipt of a stored job. */
export interface EnqueuedJob {
  readonly id: string;
  readonly task: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** Kind of the broker. */
  readonly broker: string;
  /** `duplicate`: a job of this id is stored already and nothing was added. */
  readonly status: "enqueued" | "duplicate";
  /** In ms since 1970. Left out for a duplicate: the stored job is older, and brokers do not say by how much. */
  readonly enqueuedAt?: number;
}

/** One item of `enqueueMany`: a contract (or its name), its parameters, its options. */
export type EnqueueItem = readonly [task: Task | string, params: unknown, options?: EnqueueOptions];

/** What became of one item of `enqueueMany`. */
export type EnqueueResult = EnqueuedJob | { readonly status: "refused"; readonly error: JobsError };

/**
 * Checks, encodes and stores one job; resolves when the broker has it.
 * @throws UnknownTaskError · SignatureError · NotJsonError · PayloadTooLargeError · UnsupportedError: nothing was sent.
 * @throws BrokerUnavailableError within 5 s; `maybeSent` tells whether the job may have arrived.
 */
export type Enqueue = <Input>(
  task: Task<string, Input, unknown>,
  params: NoInfer<Input>,
  options?: EnqueueOptions,
) => Promise<EnqueuedJob>;

/** Trace headers of W3C Trace Context: what follow-up jobs inherit. */
const CARRIED_HEADERS = ["traceparent", "tracestate"] as const;

/** The part of a job's headers that jobs which come of it carry on. */
export function carriedHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of CARRIED_HEADERS) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
