import type { Capabilities } from "../broker/capabilities.ts";
import type { OutgoingMessage } from "../broker/message.ts";
import type { TaskSettings } from "../config/app-config.ts";
import { encodeNewEnvelope, encodePlainEnvelope, type PlainForm, plainForm } from "../envelope/encode.ts";
import { type BackoffPlan, ENVELOPE_VERSION, type Envelope, type JsonObject } from "../envelope/envelope.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { JobsError } from "../errors/jobs-error.ts";
import type { EnqueueOptions } from "../job/enqueue.ts";
import type { Bulk, JobToSend } from "../job/instrumentation.ts";
import { hasTooManyParts, MAX_JSON_CONTAINERS, MAX_JSON_KEYS } from "../json/scan-json-text.ts";
import { checkDelay } from "../runtime/delay.ts";
import type { Task } from "../task/task.ts";

/** The origin of a job that another job enqueues. */
export interface JobOrigin {
  /** Id of the job that enqueues. */
  readonly parent?: string | undefined;
  /** Inherited headers: the trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** The call of `enqueueMany` that sends it, where an instrumentation asks for it. */
  readonly bulk?: Bulk;
  /** Its fields of a flow, if any. */
  readonly flow?: Pick<Envelope, "chain" | "chainStartedAt" | "next" | "join" | "unchecked" | "tags">;
}

/** All values for one message. */
export interface JobDraft {
  readonly target: JobTarget;
  /** Has passed the checks. */
  readonly params: JsonObject;
  readonly options: EnqueueOptions;
  readonly origin: JobOrigin | undefined;
  /** Which transaction was open at the call, for a job that is stored with it. */
  readonly transactionId?: Promise<unknown> | undefined;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A job as an instrumentation gets it. `queue` is the routed name without prefix. */
export function jobToSend({ target, options, origin }: JobDraft, queue: string): JobToSend {
  const { task } = target;
  const { id, headers } = options;
  const { parent, bulk, headers: inherited = NO_HEADERS } = origin ?? {};
  // The first jobs of a flow get the headers that were passed to its start as those of their origin.
  if (parent === undefined) {
    return { task, queue, id, headers: headers ?? inherited, inherited: NO_HEADERS, parent, bulk };
  }
  return { task, queue, id, headers: headers ?? NO_HEADERS, inherited, parent, bulk };
}

/** The same job with further headers. */
export function withHeaders(draft: JobDraft, headers: Readonly<Record<string, string>>): JobDraft {
  for (const _ in headers) {
    return { ...draft, options: { ...draft.options, headers: { ...draft.options.headers, ...headers } } };
  }
  return draft;
}

/** No options: one shared object, so that a common call allocates none. */
export const NO_OPTIONS: EnqueueOptions = {};

/** The longest delays of the broker: in one step and in total, in ms. */
export type DelayLimits = Exclude<Capabilities["delay"], false>;

/** For a message without hops: it has no delay, or one that `validateBroker` refuses. */
export const ONE_STEP: DelayLimits = { maxMs: Number.POSITIVE_INFINITY, nativeMs: Number.POSITIVE_INFINITY };

/** What is known only at the send. */
export interface SendValues {
  readonly id: string;
  /** ms since 1970. */
  readonly now: number;
  /** Until it is due. */
  readonly delayMs: number;
  readonly limits: DelayLimits;
}

/** The error for parameters that no worker would read. */
function tooManyParts(task: string): JobsError {
  const most = `${MAX_JSON_KEYS} keys, or ${MAX_JSON_CONTAINERS} objects and lists`;
  return new JobsError("payload_too_large", `the parameters of a job of "${task}" hold more than ${most}.`, {
    hint: "Store the data elsewhere and pass a reference to it.",
  });
}

/**
 * Builds the message of one job. A delay longer than the broker's longest is `notBefore` in the envelope, and the
 * worker sends hops. A delay beyond all hops stays whole, so that core's checks refuse it.
 * @throws ConfigError for options that are out of range; JobsError for more keys than a worker reads.
 */
export function prepareJob(draft: JobDraft, values: SendValues): OutgoingMessage {
  const { target, options } = draft;
  const { id, delayMs, limits } = values;
  const isHopping = delayMs > limits.nativeMs && delayMs <= limits.maxMs;
  const body = isPlain(draft)
    ? encodePlainEnvelope(target.form, { params: draft.params, id, enqueuedAt: isoStamp(values.now) })
    : encodeNewEnvelope(fullEnvelope(draft, values, isHopping));
  if (hasTooManyParts(body)) throw tooManyParts(target.task);
  const maxAttempts = options.maxAttempts ?? target.settings.maxAttempts;
  const message = { id, label: target.task, body, maxAttempts, backoff: target.backoff };
  const priority = options.priority ?? target.settings.priority;
  const { groupKey } = options;
  if (delayMs === 0 && priority === 0 && groupKey === undefined) return message;
  return {
    ...message,
    ...(delayMs === 0 ? undefined : { delayMs: isHopping ? limits.nativeMs : delayMs }),
    ...(priority === 0 ? undefined : { priority }),
    ...(groupKey === undefined ? undefined : { groupKey }),
  };
}

/** Whether a job has only parameters, as most do. Collecting optional fields costs as much as writing the envelope. */
function isPlain({ target, options, origin }: JobDraft): boolean {
  return options === NO_OPTIONS && origin === undefined && target.settings.domain === undefined;
}

function fullEnvelope(
  { target, params, options, origin }: JobDraft,
  { id, now, delayMs }: SendValues,
  isHopping: boolean,
): Envelope {
  const { domain = target.settings.domain, maxAttempts, expiresInMs, tags = [] } = options;
  const headers = mergeHeaders(options.headers, origin?.headers);
  return {
    v: ENVELOPE_VERSION,
    task: target.task,
    params,
    id,
    sig: target.sig,
    enqueuedAt: isoStamp(now),
    ...(maxAttempts === undefined ? undefined : { maxAttempts }),
    ...(isHopping ? { notBefore: isoStamp(now + delayMs) } : undefined),
    ...(expiresInMs === undefined ? undefined : { expiresAt: isoStamp(now + expiresInMs) }),
    ...(domain === undefined ? undefined : { domain }),
    ...origin?.flow,
    ...(target.taskVersion === undefined ? undefined : { taskVersion: target.taskVersion }),
    ...(tags.length === 0 ? undefined : { tags }),
    ...(origin?.parent === undefined ? undefined : { parent: origin.parent }),
    ...(headers === undefined ? undefined : { headers }),
  };
}

/** Time until the job is due, in ms; 0 for now and for the past. @throws ConfigError */
export function wantedDelay({ at, delayMs }: EnqueueOptions, now: number): number {
  if (at === undefined) return delayMs ?? 0;
  if (delayMs !== undefined) throw new ConfigError("delayMs and at exclude each other; pass one of them.");
  const restMs = Math.max(0, at.getTime() - now);
  checkDelay(restMs, "the time until at");
  return restMs;
}

function mergeHeaders(
  own: Readonly<Record<string, string>> | undefined,
  inherited: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  if (inherited === undefined || Object.keys(inherited).length === 0) return own;
  return { ...inherited, ...own };
}

let stampedMs = Number.NaN;
let stampedText = "";

/**
 * ISO text of a moment, cached. Many jobs share a millisecond, and formatting a date costs more than the rest of the
 * envelope.
 */
function isoStamp(ms: number): string {
  if (ms !== stampedMs) {
    stampedText = new Date(ms).toISOString();
    stampedMs = ms;
  }
  return stampedText;
}

/** The parts of a task and its settings that all its sends need. */
export interface JobTarget {
  readonly task: string;
  /** The signature's fingerprint. */
  readonly sig: string;
  /** As in envelopes; left out for version 1. */
  readonly taskVersion?: number | undefined;
  readonly settings: Pick<TaskSettings, "queue" | "priority" | "domain" | "maxAttempts" | "backoff">;
  readonly form: PlainForm;
  /** The backoff for other systems' workers; `undefined` for a function. */
  readonly backoff: BackoffPlan | undefined;
  /** Set when the event of an enqueue has the parameters; the task knows which to hide. */
  readonly reported: Task | undefined;
}

/** Creates a {@link JobTarget}. */
export function jobTarget(
  { task, sig, taskVersion: version }: Pick<JobTarget, "task" | "sig" | "taskVersion">,
  settings: JobTarget["settings"],
  reported?: Task,
): JobTarget {
  const backoff = typeof settings.backoff === "function" ? undefined : settings.backoff;
  const taskVersion = version === 1 ? undefined : version;
  return { task, sig, taskVersion, settings, form: plainForm(task, sig, taskVersion), backoff, reported };
}
