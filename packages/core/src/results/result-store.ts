import type { StoreSchema } from "../broker/store-schema.ts";
import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { Reach } from "../coordination/reach.ts";
import { readRecord } from "../coordination/read-record.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import { isObject } from "../options/is-object.ts";

/** The kept outcome of a job. */
export interface JobResult {
  /** The job's id. */
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly status: "succeeded" | "dead" | "cancelled";
  /** The handler's value, if it is JSON; `null` for no value. */
  readonly value?: unknown;
  readonly error?: SerializedError;
  /** The id of the earlier step that ended its flow, so that this job was never sent. */
  readonly stoppedBy?: string;
  readonly attempt: number;
  /** The handler took the next steps: a redelivery runs it again instead of continuing from the kept value. */
  readonly hasTakenFollowups?: true;
  /**
   * When the job was enqueued, in ms since 1970; for a job of a flow, the start of the flow. An id may be used again;
   * id and time together identify the job. Left out when the body could not be read.
   */
  readonly enqueuedAt?: number;
  /** ms since 1970. */
  readonly finishedAt: number;
}

/** Whether `kept` is not replaced by `next`: a success stays, unless another job with its id has ended since. */
export function staysKept(kept: JobResult, next: JobResult): boolean {
  return kept.status === "succeeded" && kept.enqueuedAt === next.enqueuedAt;
}

/**
 * A result as a store keeps it, `JSON.stringify` of it, read again.
 * @throws UnreadableRecordError naming the job where the text is something else
 */
export function readResult(id: string, text: string): JobResult {
  return readRecord(text, `the kept result of job ${id}`, isResult);
}

/** Whether a value has what every result has. */
export function isResult(value: unknown): value is JobResult {
  if (!isObject(value)) return false;
  const { task, status, finishedAt } = value;
  return typeof task === "string" && STATUSES.some((one) => one === status) && typeof finishedAt === "number";
}

const STATUSES: readonly JobResult["status"][] = ["succeeded", "dead", "cancelled"];

/** The longest pause between two reads of a waiting caller, in ms. */
export const LONGEST_LOOK_PAUSE_MS = 1_000;

/** The shortest time that a result is kept, in ms: enough for some reads of a waiting caller. */
const SHORTEST_KEPT_MS = 5 * LONGEST_LOOK_PAUSE_MS;

/** Keeps a result for `ttlMs`, but at least as long as waiting callers need. 0 keeps none. */
export function keepResult(store: Pick<ResultStore, "put">, result: JobResult, ttlMs: number): Promise<void> {
  return store.put(result, ttlMs <= 0 ? 0 : Math.max(ttlMs, SHORTEST_KEPT_MS));
}

/** A store of results. It never decides about a job: core retries it while the lease lasts. */
export interface ResultStore {
  /** Name for messages: `sqlite`, `postgres`, … */
  readonly kind: string;
  /** Who sees its results. With less reach than the jobs, core does not use its entries. */
  readonly reach: Reach;
  /**
   * Keeps it for `ttlMs` (`Infinity` = until removed). A kept success of the same job (same `id` and `enqueuedAt`)
   * stays; anything else is replaced, see {@link staysKept}.
   */
  put(result: JobResult, ttlMs: number): Promise<void>;
  /**
   * `undefined` when none is kept (not yet, expired, never).
   * @throws UnreadableRecordError for one that another program has changed · BrokerUnavailableError
   */
  get(id: string): Promise<JobResult | undefined>;
  /** Its tables, if it is in a database whose owner may have to create them. */
  readonly schema?: StoreSchema;
  /**
   * If nothing was ever stored: what does not exist, in words for messages. Left out if the store cannot know.
   * Creates nothing.
   */
  absence?(): string | undefined;
  /** Removes expired results; returns how many. */
  prune(): Promise<number>;
  /** A coordination store in the same storage; closes with the store. */
  readonly coordination: CoordinationStore;
  close(): Promise<void>;
}
