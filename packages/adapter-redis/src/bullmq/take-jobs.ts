import type { Delivery } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import type { JobJson, JobsOptions } from "bullmq";
import type { JobForm } from "../codec/job-form.ts";
import type { RedisClient } from "../connection/connection-options.ts";
import { toMessageId } from "../queue/message-key.ts";
import { formatReceipt } from "../receive/receipt.ts";
import type { BullmqBackend, LeaseWorker } from "./bullmq-classes.ts";

/** How many takes are sent together. */
const TAKES_AT_ONCE = 25;

/** How many of the latest leases are searched for a job that could not be read. */
const SEARCHED_LEASES = 1_000;

/** A job that was received. */
export interface TakenJob {
  readonly delivery: Delivery;
  /** The options that its producer gave to BullMQ. */
  readonly options: JobsOptions;
}

/** The jobs of one receive, and when the next one is due, in ms since 1970: 0 when that is unknown. */
export interface TakenJobs {
  readonly taken: readonly TakenJob[];
  readonly dueAt: number;
}

/** Connection, limits and leases of one receive. */
export interface TakeOptions {
  readonly client: RedisClient;
  readonly worker: LeaseWorker;
  readonly form: JobForm;
  readonly max: number;
  /** How many the last receive brought: so many are asked for at once. */
  readonly expected: number;
  /** Shown as the worker of a job by BullMQ's tools. */
  readonly workerName: string | undefined;
  /** A token that was never used. */
  nextToken(): string;
  /** The end of a lease that begins now, in ms on the monotonic clock. */
  leaseUntil(): number;
}

/** Takes up to `max` jobs. BullMQ's script takes one, so the first answers decide whether more are asked for. */
export async function takeJobs(options: TakeOptions): Promise<TakenJobs> {
  const { max, expected } = options;
  const taken: TakenJob[] = [];
  let dueAt = 0;
  let wanted = Math.min(max, TAKES_AT_ONCE, Math.max(1, expected));
  for (; wanted > 0; wanted = Math.min(TAKES_AT_ONCE, max - taken.length)) {
    const takes = Array.from({ length: wanted }, () => takeOne(options));
    const answers = await Promise.allSettled(takes);
    const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    for (const { job } of found) if (job !== undefined) taken.push(job);
    const failed = answers.find((answer) => answer.status === "rejected");
    // What was taken is delivered; the next receive meets the error again.
    if (failed !== undefined && taken.length === 0) throw failed.reason;
    dueAt = found.at(-1)?.dueAt ?? 0;
    if (failed !== undefined || found.some(({ job }) => job === undefined)) break;
  }
  return { taken, dueAt };
}

interface TakeAnswer {
  readonly job: TakenJob | undefined;
  readonly dueAt: number;
}

async function takeOne(options: TakeOptions): Promise<TakeAnswer> {
  const { client, worker, workerName } = options;
  const { backend } = worker;
  const lease = { token: options.nextToken(), leaseUntil: options.leaseUntil() };
  try {
    const answer: readonly unknown[] = await backend.moveToActive(lease.token, workerName);
    const [job, storedId, limitMs = 0, dueAt = 0] = answer as Partial<MoveToActiveAnswer>;
    if (!job || storedId === undefined)
      return { job: undefined, dueAt: limitMs > 0 ? systemClock.now() + limitMs : dueAt };
    if (job.deferredFailure !== undefined) {
      await failUnrun({ ...options, job, storedId, token: lease.token }, job.deferredFailure);
      return takeOne(options);
    }
    if (job.repeatJobKey !== undefined) await worker.scheduleNext(job, storedId, lease.token);
    // BullMQ shows an empty text as an empty object.
    const data = job.data === "{}" ? ((await client.hget(backend.toKey(storedId), "data")) ?? "") : job.data;
    const { name, opts } = job;
    const stored = { id: toMessageId(storedId), name, data, opts, timestamp: String(job.timestamp) };
    const body = options.form.toBody(stored);
    const counts = await forgetDeath(client, backend.toKey(storedId), job);
    return { job: { delivery: toDelivery(storedId, body, counts, lease), options: job.opts }, dueAt: 0 };
  } catch (error) {
    // BullMQ has leased the job, and then cannot read one of its fields.
    if (!(error instanceof SyntaxError)) throw error;
    return { job: await findUnreadable(client, backend, lease), dueAt: 0 };
  }
}

/**
 * BullMQ's tools put a dead letter back with the count of crashes that ended it. That count would end it again before
 * it runs, so it is removed.
 */
async function forgetDeath(client: RedisClient, key: string, counts: Counts): Promise<Counts> {
  if (toCount(counts.stalledCounter) === 0 || (await client.hexists(key, "deadReason")) === 0) return counts;
  await client.hdel(key, "deadReason", "deadError", "stc");
  return { ...counts, stalledCounter: 0 };
}

/** Fails a job that must not run, because one of its children has failed. */
async function failUnrun({ worker, job, storedId, token }: UnrunJob, message: string): Promise<void> {
  const { removeOnFail = false } = job.opts;
  await worker.backend.moveToFailed(
    worker.createJob(storedId, job.opts),
    message,
    removeOnFail,
    token,
    false,
  );
}

interface UnrunJob extends TakeOptions {
  readonly job: JobJson;
  readonly storedId: string;
  readonly token: string;
}

type MoveToActiveAnswer = readonly [job: JobJson | null, storedId: string, limitMs: number, dueAt: number];

interface Lease {
  readonly token: string;
  readonly leaseUntil: number;
}

type Counts = Pick<JobJson, "attemptsStarted" | "attemptsMade" | "stalledCounter">;

function toDelivery(storedId: string, body: string, counts: Counts, { token, leaseUntil }: Lease): Delivery {
  return {
    messageId: toMessageId(storedId),
    body,
    deliveryCount: toCount(counts.attemptsStarted),
    failureCount: toCount(counts.attemptsMade),
    crashCount: toCount(counts.stalledCounter),
    leaseUntil,
    receipt: formatReceipt({ storedId, token }),
  };
}

/** A stored count that is not a number starts again. */
function toCount(stored: unknown): number {
  const count = Number(stored ?? 0);
  return Number.isSafeInteger(count) ? count : 0;
}

/** Delivers a job whose options or progress are no JSON, so that it ends as the worker decides. */
async function findUnreadable(
  client: RedisClient,
  backend: BullmqBackend,
  lease: Lease,
): Promise<TakenJob | undefined> {
  const ids = await client.lrange(backend.toKey("active"), 0, SEARCHED_LEASES - 1);
  const locks = await Promise.all(ids.map((id) => client.get(`${backend.toKey(id)}:lock`)));
  const storedId = ids[locks.indexOf(lease.token)];
  if (storedId === undefined) return undefined;
  const [body, attemptsStarted, attemptsMade, stalledCounter] = await client.hmget(
    backend.toKey(storedId),
    ...["data", "ats", "atm", "stc"],
  );
  const counts = {
    attemptsStarted: toCount(attemptsStarted),
    attemptsMade: toCount(attemptsMade),
    stalledCounter: toCount(stalledCounter),
  };
  return { delivery: toDelivery(storedId, body ?? "", counts, lease), options: {} };
}
