import { systemClock } from "@jobs/core/runtime";
import type { Job } from "bullmq";
import { type JobForm, parseOptions } from "../codec/job-form.ts";
import type { RedisClient } from "../connection/connection-options.ts";
import { toMessageId } from "../queue/message-key.ts";
import { toPriority } from "../queue/send-messages.ts";
import type { BullmqBackend } from "./bullmq-classes.ts";
import { refusalCode } from "./bullmq-queues.ts";
import { type MessageTarget, storeMessages } from "./store-messages.ts";

/** Fields about the earlier runs of a job, ours and BullMQ's. A redriven job begins without them. */
const FIELDS_OF_A_LIFE = [
  ...["failures", "stc", "lastError", "deadReason", "deadError", "stacktrace"],
  ...["lease", "crashed", "crashedBefore", "released"],
];

/** One step of a redrive. */
export interface RedriveStep {
  readonly client: RedisClient;
  readonly source: BullmqBackend;
  /** Another queue; `undefined` to put them back into their own. */
  readonly target: MessageTarget | undefined;
  /** The form of the jobs in their own queue. */
  readonly form: JobForm;
  /** A `Job` of the source, for BullMQ's script. */
  createJob(storedId: string): Job;
  readonly limit: number;
  /** How many of the oldest stay, because their id is stored in the other queue. */
  readonly skipped: number;
  /** Only these, if given; the oldest first. */
  readonly chosen: readonly string[] | undefined;
  /** The new body of a message, by its id. */
  bodyOf(messageId: string): string | undefined;
}

/** Makes dead letters ready, one by one. */
export async function moveDeadLetters(
  step: RedriveStep,
): Promise<{ readonly moved: number; readonly kept: number }> {
  const ids = await listDead(step);
  let moved = 0;
  for (const id of ids) {
    const isMoved =
      step.target === undefined ? await putBack(step, id) : await putInto(step.target, step, id);
    if (isMoved) moved++;
  }
  return { moved, kept: ids.length - moved };
}

async function listDead({ client, source, limit, skipped, chosen }: RedriveStep): Promise<readonly string[]> {
  const failed = source.toKey("failed");
  if (chosen === undefined) return client.zrange(failed, String(skipped), String(skipped + limit - 1));
  const deaths = await Promise.all(chosen.map(async (id) => ({ id, at: await client.zscore(failed, id) })));
  const dead = deaths.flatMap(({ id, at }) => (at === null ? [] : [{ id, at: Number(at) }]));
  return dead
    .sort((one, other) => one.at - other.at)
    .slice(skipped, skipped + limit)
    .map(({ id }) => id);
}

/**
 * BullMQ's script moves the job and clears its own counts. Ours are cleared before it, so that no worker sees them: a
 * process that dies in between leaves a dead letter without them, and with its new body.
 */
async function putBack(step: RedriveStep, id: string): Promise<boolean> {
  const { client, source, createJob } = step;
  const job = source.toKey(id);
  const changed = await changedFields(step, id);
  await client
    .multi()
    .hdel(job, ...FIELDS_OF_A_LIFE)
    .hset(job, { ...changed, due: systemClock.now() })
    .hincrby(job, "redrives", 1)
    .exec();
  try {
    const counts = { resetAttemptsMade: true, resetAttemptsStarted: true };
    await source.retryFinishedJob(createJob(id), "failed", counts);
  } catch (error) {
    if (refusalCode(error) === undefined) throw error;
    return false;
  }
  const priority = Number((await client.hget(job, "priority")) ?? 0);
  if (priority > 0) await orderByPriority(source, id, priority);
  return true;
}

/** The fields of a job that its new body changes. */
async function changedFields(
  { client, source, form, bodyOf }: RedriveStep,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  const messageId = toMessageId(id);
  const body = bodyOf(messageId);
  if (body === undefined) return {};
  const [name, opts] = await client.hmget(source.toKey(id), "name", "opts");
  return form.change({ id: messageId, label: name ?? "", body }, parseOptions(opts));
}

/** BullMQ 5 and 6.0 put a job back before all priorities. One that has gone since is left alone. */
async function orderByPriority(source: BullmqBackend, id: string, priority: number): Promise<void> {
  try {
    await source.changePriority(id, priority);
  } catch (error) {
    if (refusalCode(error) === undefined) throw error;
  }
}

/** BullMQ cannot move a job to another queue. So it is stored there, and then removed here. */
async function putInto(
  target: MessageTarget,
  { client, source, form, bodyOf }: RedriveStep,
  id: string,
): Promise<boolean> {
  const fields = ["name", "data", "priority", "redrives", "opts", "timestamp"];
  const [name, data, priority, redrives, opts, timestamp] = await client.hmget(source.toKey(id), ...fields);
  const job = { id: toMessageId(id), name: name ?? "", data: data ?? "", timestamp: timestamp ?? "" };
  const body = bodyOf(job.id) ?? form.toBody({ ...job, opts: parseOptions(opts) });
  const message = { id: job.id, label: job.name, body, priority: toPriority(Number(priority ?? 0)) };
  const [sent] = await storeMessages(target, [message]);
  if (sent?.status === "failed") throw sent.error;
  if (sent?.status !== "sent") return false;
  await client.hset(target.backend.toKey(id), "redrives", Number(redrives ?? 0) + 1);
  await source.remove(id, false);
  return true;
}
