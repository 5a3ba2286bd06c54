import type { CoordinationStore } from "../coordination/coordination-store.ts";
import type { Reach } from "../coordination/reach.ts";
import { readRecord } from "../coordination/read-record.ts";
import type { SerializedError } from "../errors/serialized-error.ts";

/** The kept outcome of a job. */
export interface JobResult {
  /** The job's id. */
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  readonly status: "succeeded" | "dead" | "cancelled";
  /** What the handler returned, when it is JSON; `null` for nothing. */
  readonly value?: unknown;
  readonly error?: SerializedError;
  /** The job was never sent: the step of this id, before it in its flow, has ended so. */
  readonly stoppedBy?: string;
  readonly attempt: number;
  /** The handler took what follows: a redelivery runs it again instead of going on from the kept value. */
  readonly hasTakenFollowups?: true;
  /**
   * When the job was enqueued, in ms since 1970; of a job of a flow, when the flow was started. An id may be used again:
   * with the id this says which job it was. Left out where the body of the job could not be read.
   */
  readonly enqueuedAt?: number;
  /** ms since 1970. */
  readonly finishedAt: number;
}

/** Whether `kept` stays in the place of `next`: a success does, unless another job of its id has ended since. */
export function staysKept(kept: JobResult, next: JobResult): boolean {
  return kept.status === "succeeded" && kept.enqueuedAt === next.enqueuedAt;
}

/**
 * A result as a store keeps it, `JSON.stringify` of it, read again.
 * @throws UnreadableRecordError naming the job where the text is something else
 */
export function readResult(id: string, text: string): JobResult {
  return readRecord(text, `the kept result of job ${id}`, (record) => {
    const { task, status, finishedAt } = record as Partial<JobResult>;
    return (
      typeof task === "string" && STATUSES.some((one) => one === status) && typeof finishedAt === "number"
    );
  });
}

const STATUSES: readonly JobResult["status"][] = ["succeeded", "dead", "cancelled"];

/** Who waits for a result looks again after so long at the latest, in ms. */
export const LONGEST_LOOK_PAUSE_MS = 1_000;

/** A result that is kept at all is kept for so long at the least, in ms: some looks of whoever waits, one of them slow. */
const SHORTEST_KEPT_MS = 5 * LONGEST_LOOK_PAUSE_MS;

/** Keeps a result for `ttlMs`, and never too short for those who wait for it. 0 keeps none. */
export function keepResult(store: Pick<ResultStore, "put">, result: JobResult, ttlMs: number): Promise<void> {
  return store.put(result, ttlMs <= 0 ? 0 : Math.max(ttlMs, SHORTEST_KEPT_MS));
}

/** Where outcomes are kept. A store never decides about a job: core retries it while the lease lasts. */
export interface ResultStore {
  /** Name for messages: `sqlite`, `postgres`, … */
  readonly kind: string;
  /** Who sees its results. Where fewer see them than the jobs, core does not use its marks. */
  readonly reach: Reach;
  /**
   * Keeps it for `ttlMs` (`Infinity` = until removed). Nothing happens where a success of the same job is kept, which is
   * one of the same `id` and `enqueuedAt`; anything else is replaced, see {@link staysKept}.
   */
  put(result: JobResult, ttlMs: number): Promise<void>;
  /** `undefined` when nothing is kept (not yet, expired, never). */
  get(id: string): Promise<JobResult | undefined>;
  /** Where nothing was ever stored: what does not exist, for messages. Default: nobody can tell. Opens and makes nothing. */
  absence?(): string | undefined;
  /** Removes what is past its time; returns how many. */
  prune(): Promise<number>;
  /** A coordination store in the same storage; closes with the store. */
  readonly coordination: CoordinationStore;
  close(): Promise<void>;
}
