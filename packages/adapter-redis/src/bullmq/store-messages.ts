import { isJobsError } from "@jobs/core";
import type { OutgoingMessage, SendResult } from "@jobs/core/broker";
import type { JobJson } from "bullmq";
import type { JobForm } from "../codec/job-form.ts";
import type { RedisLink } from "../connection/redis-link.ts";
import { toStoredId } from "../queue/message-key.ts";
import type { BullmqBackend } from "./bullmq-classes.ts";

/** Where messages are stored, and in which form. */
export interface MessageTarget {
  readonly backend: BullmqBackend;
  readonly queue: string;
  readonly form: JobForm;
  /** The connection, for errors. */
  readonly link: RedisLink;
}

/** The answer to one command. Each message has two: whether it was stored before, and its id. */
type TransactionAnswer = readonly [error: Error | null, value: unknown];

/** The fields of a job that has not run yet. */
const UNTOUCHED = {
  progress: 0,
  attemptsMade: 0,
  attemptsStarted: 0,
  stalledCounter: 0,
  failedReason: "",
  returnvalue: "",
};

/**
 * Stores messages in one transaction. BullMQ does not tell whether a job was stored before, so the transaction asks
 * first. Result i answers message i.
 * @throws what Redis says of the first message when none was stored
 */
export async function storeMessages(
  target: MessageTarget,
  messages: readonly OutgoingMessage[],
): Promise<readonly SendResult[]> {
  const { backend, queue } = target;
  const jobs = messages.map((message) => formJob(message, target));
  const formed = jobs.flatMap((job) => (isJobsError(job) ? [] : [job]));
  const transaction = (await backend.client).multi();
  await Promise.all(
    formed.map((job) => {
      transaction.runCommand("exists", [backend.toKey(job.id ?? "")]);
      return backend.addJobToTransaction(transaction, job, job.id ?? "");
    }),
  );
  const stored = formed.length === 0 ? [] : await transaction.exec().catch(rethrowFirst);
  if (stored === null) throw new Error("the transaction was not run");
  const answers = (stored as readonly TransactionAnswer[]).values();
  const results = messages.map(({ id: messageId }, index): SendResult => {
    const job = jobs[index];
    if (isJobsError(job)) return { status: "failed", error: job };
    const [, isStored] = answers.next().value ?? [null, 0];
    const [error] = answers.next().value ?? [null, 0];
    if (error !== null) return { status: "failed", error: target.link.refusal(error, queue) };
    return { status: isStored === 1 ? "duplicate" : "sent", messageId };
  });
  const [first] = results;
  const isRedisFault = first?.status === "failed" && first.error !== jobs[0];
  if (isRedisFault && results.every(({ status }) => status === "failed")) throw first.error;
  return results;
}

/** The job of a message, or why it has no such form. */
function formJob(message: OutgoingMessage, { form, queue }: MessageTarget) {
  try {
    const job: JobJson = { ...UNTOUCHED, ...form.toJob(message, queue), id: toStoredId(message.id) };
    return job;
  } catch (error) {
    if (isJobsError(error)) return error;
    throw error;
  }
}

/** The error of an aborted transaction does not say why. The first of its earlier errors does. */
function rethrowFirst(error: unknown): never {
  const { previousErrors } = error as { readonly previousErrors?: readonly unknown[] };
  throw previousErrors?.[0] ?? error;
}
