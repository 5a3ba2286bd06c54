import { isJobsError, type JobsError } from "@jobs/core";
import {
  type BrokerQueue,
  type BrokerTarget,
  refusalOfRestored,
  type SendResult,
  UnsupportedError,
} from "@jobs/core/broker";
import type { MoveJournal } from "./journal.ts";
import { hasPast, type MovableJob, messageFor } from "./movable-job.ts";

/** The target of one queue. */
export interface MoveTarget {
  readonly queue: BrokerQueue;
  /** For errors. */
  readonly broker: string;
  /** Whether source and target have one coordination store, so that groups go on. */
  readonly sharesGroups: boolean;
}

/** A job that stays at the source, and why. */
export interface RefusedJob {
  /** Identifies it in this move. */
  readonly key: string;
  readonly id: string;
  readonly task: string;
  readonly error: JobsError;
}

/** What became of some jobs. The first three may leave the source. */
export interface SentJobs {
  /** Stored in the target, now or by an earlier try. */
  readonly arrived: readonly MovableJob[];
  readonly refused: readonly RefusedJob[];
  /** Sent again after a kill, to a target that did not have it: it may have arrived and run before. */
  readonly maybeTwice: readonly string[];
  /** Not stored, or not known. They stay at the source for the next try. */
  readonly failed: readonly { readonly job: MovableJob; readonly error: JobsError }[];
}

/** Sends jobs to the target, as far as the journal does not say that it has them. */
export async function sendJobs(
  jobs: readonly MovableJob[],
  target: MoveTarget,
  journal: MoveJournal,
): Promise<SentJobs> {
  const arrived = jobs.filter(({ key }) => journal.state(key) === "sent");
  const wanted = jobs.filter(({ key }) => journal.state(key) !== "sent");
  const refused: RefusedJob[] = [];
  const sendable = wanted.filter((job) => {
    const error = refusalOf(job, target);
    if (error !== undefined) refused.push(refusedJob(job, error));
    return error === undefined;
  });
  if (sendable.length === 0) return { arrived, refused, maybeTwice: [], failed: [] };
  const doubtful = new Set(sendable.filter(({ key }) => journal.state(key) === "doubt"));
  journal.sending(
    target.queue.name,
    sendable.map(({ key }) => key),
  );
  const results = await store(sendable, target.queue);
  const sent = {
    arrived: [...arrived],
    refused,
    maybeTwice: [] as string[],
    failed: [] as SentJobs["failed"][number][],
  };
  const sentKeys: string[] = [];
  const refusedKeys: string[] = [];
  sendable.forEach((job, index) => {
    const result = results[index] as SendResult;
    if (result.status !== "failed") {
      sent.arrived.push(job);
      sentKeys.push(job.key);
      if (result.status === "sent" && doubtful.has(job)) sent.maybeTwice.push(job.message.id);
    } else if (result.error.retryable) sent.failed.push({ job, error: result.error });
    else {
      refusedKeys.push(job.key);
      refused.push(refusedJob(job, result.error));
    }
  });
  journal.answered(sentKeys, refusedKeys);
  return sent;
}

/** Why a job cannot go to the target, as far as that is known without a send. */
export function refusalOf(
  job: MovableJob,
  { queue, broker, sharesGroups }: MoveTarget,
): JobsError | undefined {
  const { message } = job;
  const at: BrokerTarget = { broker, queue: queue.name };
  if (job.isInGroup && !sharesGroups) {
    return new UnsupportedError(
      at,
      "groups",
      "would not get the values of the other jobs of its group",
      GROUP_HINT,
    );
  }
  if (queue.restore === undefined && hasPast(message)) {
    return new UnsupportedError(
      at,
      "restore",
      "cannot keep failures, crashes and deaths of a job",
      PAST_HINT,
    );
  }
  try {
    return refusalOfRestored(messageFor(job, queue, Date.now()), {
      capabilities: queue.capabilities,
      target: at,
    });
  } catch (error) {
    if (isJobsError(error)) return error;
    throw error;
  }
}

const GROUP_HINT =
  "Give both brokers one result store, or let the group end here first: jobs worker --broker TO --also FROM.";
const PAST_HINT = "Let its workers finish it, or choose another target.";

function refusedJob({ key, message: { id, label } }: MovableJob, error: JobsError): RefusedJob {
  return { key, id, task: label, error };
}

function store(jobs: readonly MovableJob[], queue: BrokerQueue): Promise<readonly SendResult[]> {
  const now = Date.now();
  const messages = jobs.map((job) => messageFor(job, queue, now));
  return queue.restore === undefined ? queue.send(messages) : queue.restore(messages);
}
