import {
  decodeEnvelope,
  ENVELOPE_VERSION,
  type Envelope,
  encodeEnvelope,
  type OutgoingMessage,
  UnsupportedError,
} from "@jobs/core/broker";
import { isDelay, isObject, MAX_DELAY_MS } from "@jobs/core/runtime";
import type { BackoffPlan } from "@jobs/core/task";
import { KIND } from "../connection/redis-fault.ts";

/** A job as BullMQ's `Queue.add` takes it. */
export interface BullmqJob {
  readonly name: string;
  readonly data: unknown;
  readonly opts: BullmqOptions;
}

/** Options of BullMQ's job that this codec writes. */
export interface BullmqOptions {
  readonly jobId: string;
  readonly timestamp: number;
  readonly attempts: number;
  readonly backoff?: BullmqBackoff;
  readonly delay?: number;
  /** Fields of the envelope for which BullMQ has no option. Its classes keep options that they do not know. */
  readonly jobs?: Readonly<Record<string, unknown>>;
}

/** BullMQ's pause between attempts: `delay` in ms, `jitter` as a part of it from 0 to 1. */
export interface BullmqBackoff {
  readonly type: "fixed" | "exponential";
  readonly delay: number;
  readonly jitter?: number;
}

/** Fields that only our worker reads. Without them a flow would stop, and nobody would notice. */
const FLOW_FIELDS = ["next", "join"] as const;

/**
 * The job for a message of ours. Name and data are the task and its parameters, so that BullMQ's worker runs it as a job of
 * its own producer.
 * @throws UnsupportedError for a step of a flow: BullMQ's worker would not start the next step.
 */
export function toBullmqJob(message: OutgoingMessage, queue: string): BullmqJob {
  const { v, task, params, id, enqueuedAt, maxAttempts, backoff, ...rest } = decodeEnvelope(message.body);
  for (const field of FLOW_FIELDS) if (rest[field] !== undefined) throw noFlows(queue);
  const { delayMs = 0 } = message;
  const pause = toBullmqBackoff(backoff ?? message.backoff);
  return {
    name: task,
    data: params,
    opts: {
      jobId: message.id,
      timestamp: Date.parse(enqueuedAt),
      attempts: maxAttempts ?? message.maxAttempts ?? 1,
      ...(pause && { backoff: pause }),
      ...(delayMs > 0 && { delay: Math.ceil(delayMs) }),
      jobs: rest,
    },
  };
}

/** Fields of a job's hash in Redis, as they are stored. */
export interface StoredBullmqJob {
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly data: string;
  /** Its options, read from JSON. */
  readonly opts: unknown;
  /** ms since 1970. */
  readonly timestamp: string;
}

/**
 * The envelope of a job of BullMQ. Its data stay the same text, so that no digit changes. If the data are not an object
 * or the options cannot be read, the text is not an envelope. Such a job becomes a dead letter.
 */
export function toEnvelopeText({ id, name, data, opts, timestamp }: StoredBullmqJob): string {
  const { attempts, backoff, jobs } = isObject(opts) ? opts : {};
  const plan = toPlan(backoff);
  const rest = isObject(jobs) ? jobs : {};
  const known = {
    sig: "",
    ...rest,
    maxAttempts: isCount(attempts) ? attempts : 1,
    ...(plan !== undefined && { backoff: plan }),
    v: ENVELOPE_VERSION,
    task: name,
    params: {},
    id,
    enqueuedAt: moment(timestamp),
  } as Envelope;
  return withParams(known, data);
}

/** Another program may store any value under our option name. Then it returns the data alone, which are no envelope. */
function withParams(envelope: Envelope, data: string): string {
  // The empty parameters are the first of this text, since the task's name cannot contain an unescaped quotation mark.
  try {
    return encodeEnvelope(envelope).replace('"params":{}', () => `"params":${data}`);
  } catch {
    return data;
  }
}

/** BullMQ's producer writes 0 where it has no `attempts`; such a job runs once. */
function isCount(attempts: unknown): attempts is number {
  return Number.isSafeInteger(attempts) && Number(attempts) > 0;
}

function moment(timestamp: string): string {
  const at = Number(timestamp);
  return new Date(Number.isFinite(at) && isDelay(at) ? at : 0).toISOString();
}

/** `undefined` for a strategy that a program of BullMQ has defined itself: then the task's own settings decide. */
function toPlan(backoff: unknown): BackoffPlan | undefined {
  if (isDelay(backoff)) return backoff;
  if (!isObject(backoff) || !isDelay(backoff.delay)) return undefined;
  const { type, delay, jitter } = backoff;
  if (type === "fixed") return delay;
  if (type !== "exponential") return undefined;
  return { type, baseMs: delay, maxMs: MAX_DELAY_MS, jitter: Number(jitter) > 0 };
}

/** `undefined` for a function, which only our worker has. */
function toBullmqBackoff(plan: BackoffPlan | undefined): BullmqBackoff | undefined {
  if (plan === undefined) return undefined;
  if (typeof plan === "number") return { type: "fixed", delay: plan };
  if (!("type" in plan)) return { type: "fixed", delay: plan[0] ?? 0 };
  return { type: "exponential", delay: plan.baseMs, jitter: plan.jitter === false ? 0 : 1 };
}

function noFlows(queue: string): UnsupportedError {
  const hint = "BullMQ's worker would not start the next step. Give the flow a queue without this codec.";
  return new UnsupportedError(
    { broker: KIND, queue },
    "flows",
    "has jobs of BullMQ, so it takes no step of a flow",
    hint,
  );
}
