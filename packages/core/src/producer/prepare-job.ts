import type { Capabilities } from "../broker/capabilities.ts";
import type { OutgoingMessage } from "../broker/message.ts";
import type { TaskSettings } from "../config/app-config.ts";
import { encodeNewEnvelope, encodePlainEnvelope, type PlainForm, plainForm } from "../envelope/encode.ts";
import { ENVELOPE_VERSION, type Envelope, type JsonObject } from "../envelope/envelope.ts";
import { ConfigError } from "../errors/config-errors.ts";
import { JobsError } from "../errors/jobs-error.ts";
import type { EnqueueOptions } from "../job/enqueue.ts";
import { hasTooManyParts, MAX_JSON_CONTAINERS, MAX_JSON_KEYS } from "../json/scan-json-text.ts";
import { checkDelay } from "../runtime/delay.ts";
import type { Task } from "../task/task.ts";

/** Where a job comes from when another job enqueues it. */
export interface JobOrigin {
  /** Id of the job that enqueues. */
  readonly parent?: string | undefined;
  /** Headers to carry on: the trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** The place in a flow, if it has one. */
  readonly flow?: Pick<Envelope, "chain" | "chainStartedAt" | "next" | "join">;
}

/** Everything that goes into one message. */
export interface JobDraft {
  readonly target: JobTarget;
  /** Checked already. */
  readonly params: JsonObject;
  readonly options: EnqueueOptions;
  readonly origin: JobOrigin | undefined;
}

/** No options: shared, so that the common call allocates nothing for them. */
export const NO_OPTIONS: EnqueueOptions = {};

/** How long the broker can hold a message, in one step and at all; both in ms. */
export type DelayLimits = Exclude<Capabilities["delay"], false>;

/** Nothing is held back, or `validateBroker` is to judge the delay as it is. */
export const ONE_STEP: DelayLimits = { maxMs: Number.POSITIVE_INFINITY, nativeMs: Number.POSITIVE_INFINITY };

/** What a job gets when it is handed over. */
export interface Handover {
  readonly id: string;
  /** ms since 1970. */
  readonly now: number;
  /** Until it is due. */
  readonly delayMs: number;
  readonly limits: DelayLimits;
}

/** No worker would read it. */
function tooManyParts(task: string): JobsError {
  const most = `${MAX_JSON_KEYS} keys, or ${MAX_JSON_CONTAINERS} objects and lists`;
  return new JobsError("payload_too_large", `the parameters of a job of "${task}" hold more than ${most}.`, {
    hint: "Store the data elsewhere and pass a reference to it.",
  });
}

/**
 * Builds the message of one job. A delay longer than the broker can hold in one step travels as `notBefore` in the
 * envelope and is covered by hops in the worker; one beyond all hops is left whole, for `validateBroker` to refuse.
 * @throws ConfigError for options that are out of range; JobsError for more keys than a worker reads.
 */
export function prepareJob(draft: JobDraft, handover: Handover): OutgoingMessage {
  const { target, options } = draft;
  const { id, delayMs, limits } = handover;
  const isHopping = delayMs > limits.nativeMs && delayMs <= limits.maxMs;
  const body = isPlain(draft)
    ? encodePlainEnvelope(target.form, { params: draft.params, id, enqueuedAt: isoStamp(handover.now) })
    : encodeNewEnvelope(fullEnvelope(draft, handover, isHopping));
  if (hasTooManyParts(body)) throw tooManyParts(target.task);
  const message = { id, label: target.task, body };
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

/** Most jobs have nothing to say beside their parameters, and collecting what they might say costs as much as writing them. */
function isPlain({ target, options, origin }: JobDraft): boolean {
  return options === NO_OPTIONS && origin === undefined && target.settings.domain === undefined;
}

function fullEnvelope(
  { target, params, options, origin }: JobDraft,
  { id, now, delayMs }: Handover,
  isHopping: boolean,
): Envelope {
  const { domain = target.settings.domain, maxAttempts, expiresInMs } = options;
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
    ...(origin?.parent === undefined ? undefined : { parent: origin.parent }),
    ...(headers === undefined ? undefined : { headers }),
  };
}

/** In how many ms the job is to be due; 0 for now and for any time past. @throws ConfigError */
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

/** ISO text of a moment. Many jobs share a millisecond, and formatting a date costs more than the rest of the envelope. */
function isoStamp(ms: number): string {
  if (ms !== stampedMs) {
    stampedText = new Date(ms).toISOString();
    stampedMs = ms;
  }
  return stampedText;
}

/** What has to be known of a task and its settings to send its jobs: the same for all of them. */
export interface JobTarget {
  readonly task: string;
  /** The signature's fingerprint. */
  readonly sig: string;
  readonly settings: Pick<TaskSettings, "queue" | "priority" | "domain">;
  readonly form: PlainForm;
  /** Set where the event of an enqueue has the parameters: it knows which of them to hide. */
  readonly reported: Task | undefined;
}

/** Creates a {@link JobTarget}. */
export function jobTarget(
  task: string,
  sig: string,
  settings: JobTarget["settings"],
  reported?: Task,
): JobTarget {
  return { task, sig, settings, form: plainForm(task, sig), reported };
}
