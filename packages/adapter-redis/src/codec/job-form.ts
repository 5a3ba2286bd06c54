import type { OutgoingMessage } from "@jobs/core/broker";
import { isObject, systemClock } from "@jobs/core/runtime";
import { PRIORITY_LEVELS } from "../capabilities.ts";
import { type StoredBullmqJob, toBullmqJob, toEnvelopeText } from "./bullmq-codec.ts";
import {
  type CarriedFields,
  carriedFields,
  joinEnvelope,
  type SplitEnvelope,
  splitEnvelope,
  TIMESTAMP_TOLERANCE_MS,
  withCarried,
} from "./split-envelope.ts";

/** A job to be stored by BullMQ's own script. */
export interface JobToStore {
  readonly name: string;
  /** Text, as it is stored. */
  readonly data: string;
  readonly opts: Readonly<Record<string, unknown>>;
  /** ms since 1970. */
  readonly timestamp: number;
}

/** The layout of the jobs of a queue in BullMQ. */
export interface JobForm {
  /** @throws UnsupportedError for a message that has no such form. */
  toJob(message: OutgoingMessage, queue: string): JobToStore;
  /** The fields of a stored job that a new body changes. `options`: those it has. */
  change(message: OutgoingMessage, options: unknown): Readonly<Record<string, string>>;
  /** The body of a stored job. */
  toBody(job: StoredBullmqJob): string;
}

/** An envelope in parts, or a whole body as data, as with engine "jobs". */
export const envelopeForm: JobForm = {
  /** Its priority is never 0: BullMQ runs jobs without one before all others. */
  toJob(message) {
    const { label, body, delayMs = 0, priority = 0, maxAttempts = 1 } = message;
    const split = splitEnvelope(message);
    const nowMs = systemClock.now();
    // BullMQ counts a delay from the timestamp, and no job may run early.
    const atMs = split === undefined || delayMs > 0 ? Number.NaN : Number(split.at);
    const isTimestamp = Math.abs(nowMs - atMs) < TIMESTAMP_TOLERANCE_MS;
    return {
      name: label,
      data: split?.params ?? body,
      opts: {
        ...carriedOptions(split, isTimestamp),
        attempts: maxAttempts,
        priority: PRIORITY_LEVELS - priority,
        ...delayOf(delayMs),
      },
      timestamp: isTimestamp ? atMs : nowMs,
    };
  },
  change(message, options) {
    const split = splitEnvelope(message);
    const opts = withCarried(options, carriedOptions(split, false));
    return { data: split?.params ?? message.body, opts: JSON.stringify(opts) };
  },
  toBody(job) {
    const carried = carriedFields(job.opts);
    return carried === undefined ? job.data : joinEnvelope(job, carried);
  },
};

/** `isTimestamp`: whether the timestamp of the job is the time of the envelope. */
function carriedOptions(split: SplitEnvelope | undefined, isTimestamp: boolean): object {
  if (split === undefined) return {};
  const carried = JSON.parse(`{${split.options}}`) as object;
  return isTimestamp ? carried : { ...carried, at: Number(split.at) };
}

/** What the bodies of many jobs share: their name, and what their options carry of the envelope. */
export interface StoredForm {
  readonly name: string;
  readonly carried: CarriedFields | undefined;
}

/** Reads a name and options as they are stored. */
export function readForm(name: string, opts: string): StoredForm {
  return { name, carried: opts.includes('"sig":') ? carriedFields(parseOptions(opts)) : undefined };
}

/** The body of a message that a script of ours has read. `id`: that of the message. */
export function storedBody(
  { name, carried }: StoredForm,
  { id, data, timestamp }: Pick<StoredBullmqJob, "id" | "data" | "timestamp">,
): string {
  return carried === undefined ? data : joinEnvelope({ id, name, data, timestamp }, carried);
}

/**
 * A plain job of BullMQ: its name is the task, its data are the parameters. Of our finished jobs `keepFinished` are
 * kept, whichever worker has run them, since their values are stored only there.
 */
export function bullmqForm(keepFinished: number): JobForm {
  const kept = { removeOnComplete: { count: keepFinished } };
  return {
    toJob(message, queue) {
      const { name, data, opts } = toBullmqJob(message, queue);
      const { jobId: _, timestamp, delay = 0, ...rest } = opts;
      return { name, data: JSON.stringify(data), opts: { ...rest, ...delayOf(delay), ...kept }, timestamp };
    },
    change(message, options) {
      // A job of BullMQ names no queue; that is only for the error of a flow, which such a job is never part of.
      const { data, opts } = toBullmqJob(message, message.label);
      const all = { ...(isObject(options) ? options : {}), jobs: opts.jobs };
      return { data: JSON.stringify(data), opts: JSON.stringify(all) };
    },
    toBody: toEnvelopeText,
  };
}

/** One ms more, since BullMQ cuts its clock to whole milliseconds: no job runs early. */
function delayOf(delayMs: number): { readonly delay?: number } {
  return delayMs === 0 ? {} : { delay: Math.ceil(delayMs) + 1 };
}

/** The options of a job, read from their JSON; none where another program wrote something else. */
export function parseOptions(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
}
