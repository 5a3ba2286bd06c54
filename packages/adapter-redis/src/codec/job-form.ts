import type { OutgoingMessage } from "@jobs/core/broker";
import { isObject, systemClock } from "@jobs/core/runtime";
import { PRIORITY_LEVELS } from "../capabilities.ts";
import { type StoredBullmqJob, toBullmqJob, toEnvelopeText } from "./bullmq-codec.ts";

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

/** The data of a job are the envelope, as with engine "jobs". */
export const envelopeForm: JobForm = {
  /** Its priority is never 0: BullMQ runs jobs without one before all others. */
  toJob: ({ label, body, delayMs = 0, priority = 0, maxAttempts = 1 }) => ({
    name: label,
    data: body,
    opts: { attempts: maxAttempts, priority: PRIORITY_LEVELS - priority, ...delayOf(delayMs) },
    timestamp: systemClock.now(),
  }),
  change: ({ body }) => ({ data: body }),
  toBody: ({ data }) => data,
};

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
