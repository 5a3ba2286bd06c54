import { ConfigError } from "../errors/config-errors.ts";
import type { JobsError } from "../errors/jobs-error.ts";
import { type OptionRule, type OptionRules, optionsCheck } from "../options/check-options.ts";
import {
  date,
  listOf,
  mapOf,
  ms,
  msAboveZero,
  textOrEmpty,
  transaction,
  whole,
} from "../options/option-rules.ts";
import type { Task } from "../task/task.ts";

/** Options of one job. */
export interface JobOptions {
  /** Another queue than the task's, without prefix. */
  readonly queue?: string;
  /** Another domain of workers than the task's. */
  readonly domain?: string;
  /** Not before this many ms from now. Default 0. Excludes `at`. */
  readonly delayMs?: number;
  /** Not before this moment. Excludes `delayMs`. A moment in the past means now. */
  readonly at?: Date;
  /** 0 normal … 9 first. @throws UnsupportedError where the broker has no priorities. */
  readonly priority?: number;
  /**
   * The job's id instead of a new UUIDv7. While a job with this id is stored, a broker that dedupes does not add a
   * second one.
   */
  readonly id?: string;
  /** FIFO group or fair-queue key. @throws UnsupportedError where the broker has no groups. */
  readonly groupKey?: string;
  /**
   * Sends the job in this earlier version of the task's parameters, for workers that know no later one. `to` of the task
   * has the steps. @throws ConfigError without a step to it
   */
  readonly version?: number;
  /** Overrides the task's `maxAttempts` for this job. */
  readonly maxAttempts?: number;
  /** A job not started within this many ms becomes a dead letter `expired`. */
  readonly expiresInMs?: number;
  /** Words to find the job by in the history, at most 10 of at most 100 characters: `["customer:7"]`. */
  readonly tags?: readonly string[];
  /** Small texts besides the parameters: trace context, tenant. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Options of one enqueue: those of its job, and how it is stored. */
export interface EnqueueOptions extends JobOptions {
  /**
   * An open transaction of yours in the broker's own database. The job exists if and only if it commits. Each broker's
   * page says what it takes. The history knows such a job from its first run on. @throws UnsupportedError where the
   * broker is in no database.
   */
  readonly transaction?: object;
}

/** Small texts by name. */
export const HEADERS_RULE = mapOf("texts", textOrEmpty);

/** The most tags of a job, and the most characters of a tag. */
const MAX_TAGS = 10;
const MAX_TAG_LENGTH = 100;

const TAGS = listOf("tags", {
  expected: `a text of 1 to ${MAX_TAG_LENGTH} characters`,
  accepts: (value) => typeof value === "string" && value !== "" && value.length <= MAX_TAG_LENGTH,
});

/** A few short words. */
export const TAGS_RULE: OptionRule = {
  ...TAGS,
  expected: `a list of at most ${MAX_TAGS} tags, each of 1 to ${MAX_TAG_LENGTH} characters`,
  accepts: (value) => TAGS.accepts(value) && Array.isArray(value) && value.length <= MAX_TAGS,
};

/**
 * The rules of the options that all ways of sending share. The broker's checks decide which names and delays it
 * takes.
 */
export const SENDING_RULES: OptionRules<
  Pick<JobOptions, "domain" | "delayMs" | "priority" | "groupKey" | "maxAttempts">
> = {
  domain: textOrEmpty,
  delayMs: ms(),
  priority: whole(0, 9),
  groupKey: textOrEmpty,
  maxAttempts: whole(1),
};

const JOB_RULES: OptionRules<JobOptions> = {
  ...SENDING_RULES,
  queue: textOrEmpty,
  at: date,
  id: textOrEmpty,
  version: whole(1),
  expiresInMs: msAboveZero(),
  tags: TAGS_RULE,
  headers: HEADERS_RULE,
};

/** Checks the options of a job that is not stored with a transaction. */
export const checkJobOptions = optionsCheck<JobOptions>(JOB_RULES);

/** Checks the options of every enqueue. */
export const checkEnqueueOptions = optionsCheck<EnqueueOptions>({
  ...JOB_RULES,
  transaction,
});

/** The receipt of a stored job. */
export interface EnqueuedJob {
  readonly id: string;
  readonly task: string;
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** Kind of the broker. */
  readonly broker: string;
  /** `duplicate`: a job with this id is already stored, and none was added. */
  readonly status: "enqueued" | "duplicate";
  /** In ms since 1970. Left out for a duplicate: the stored job is older by an unknown time. */
  readonly enqueuedAt?: number;
}

/** One item of `enqueueMany`: a contract (or its name), its parameters, its options. */
export type EnqueueItem = readonly [task: Task | string, params: unknown, options?: EnqueueOptions];

/**
 * Refuses what plain JavaScript passes to `enqueueMany` behind the items, such as a transaction: it would be ignored.
 * @throws ConfigError
 */
export function refuseSharedOptions(more: readonly unknown[]): void {
  if (more.every((value) => value === undefined)) return;
  throw new ConfigError("app.enqueueMany takes the items alone.", {
    hint: "Options belong to each item: [task, params, options].",
  });
}

/** The result of one item of `enqueueMany`. */
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

/** Headers of W3C Trace Context, which follow-up jobs inherit. */
const CARRIED_HEADERS = ["traceparent", "tracestate"] as const;

/** The headers of a job that its follow-up jobs inherit. */
export function carriedHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of CARRIED_HEADERS) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** Version, trace id, span id and flags. A trace id of zeros is none. */
const TRACEPARENT = /^[\da-f]{2}-(?!0{32})[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/** Where the trace id begins and ends in it. Cutting it out is faster than a group of the expression. */
const TRACE_ID_FROM = 3;
const TRACE_ID_TO = 35;

/** The trace id in a job's headers, 32 hexadecimal digits. `undefined` without a readable one. */
export function traceIdOf(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  const { traceparent } = headers ?? {};
  return traceparent !== undefined && TRACEPARENT.test(traceparent)
    ? traceparent.slice(TRACE_ID_FROM, TRACE_ID_TO)
    : undefined;
}
