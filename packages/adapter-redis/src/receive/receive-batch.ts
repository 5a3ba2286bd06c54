import type { Delivery, SettleResult } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import { toMessageId } from "../queue/message-key.ts";
import { DELIVERY_FIELDS } from "../scripts/receive-batch.lua.ts";
import { formatReceipt } from "./receipt.ts";

/** The result of one batch of a consumer. */
export interface ReceiveBatch {
  readonly settled: readonly SettleResult[];
  readonly received: readonly Delivery[];
  /** Time until the next delayed message is due, in ms; `Infinity` without one. */
  readonly nextDueMs: number;
  /** Whether the next batch should continue the sweep. */
  readonly isSweeping: boolean;
  /** What a warning or an error has to say about the queue, as the script writes it. */
  readonly notice: string | undefined;
}

/** A batch that did nothing. */
export const EMPTY_BATCH: ReceiveBatch = {
  settled: [],
  received: [],
  nextDueMs: Number.POSITIVE_INFINITY,
  isSweeping: false,
  notice: undefined,
};

/** The answer of the script. Indexes are counted from 1, and each delivery has {@link DELIVERY_FIELDS} fields. */
export type ReceiveBatchAnswer = readonly [
  lost: readonly number[],
  taken: readonly (string | number)[],
  nextDueMs: number,
  isSweeping: number,
  notice?: string | null,
];

/** The facts about a request that are needed to read its answer. */
export interface RequestedBatch {
  /** How many settlements it contains. */
  readonly settlements: number;
  /** The common part of the tokens of its leases. */
  readonly token: string;
  readonly leaseUntil: number;
}

/** Converts the answer of the script. */
export function readReceiveBatch(answer: ReceiveBatchAnswer, asked: RequestedBatch): ReceiveBatch {
  const [lost, taken, nextDueMs, isSweeping, notice] = answer;
  const settled: SettleResult[] = new Array(asked.settlements).fill(SETTLED);
  for (const position of lost) settled[position - 1] = LOST;
  const received: Delivery[] = [];
  for (let at = 0; at < taken.length; at += DELIVERY_FIELDS) received.push(readDelivery(taken, at, asked));
  return {
    settled,
    received,
    nextDueMs: nextDueMs < 0 ? EMPTY_BATCH.nextDueMs : nextDueMs,
    isSweeping: isSweeping === 1,
    notice: notice ?? undefined,
  };
}

function readDelivery(
  taken: readonly (string | number)[],
  at: number,
  { token, leaseUntil }: RequestedBatch,
): Delivery {
  const storedId = taken[at] as string;
  return {
    messageId: toMessageId(storedId),
    body: taken[at + 1] as string,
    deliveryCount: taken[at + 2] as number,
    failureCount: taken[at + 3] as number,
    crashCount: taken[at + 4] as number,
    leaseUntil,
    receipt: formatReceipt({ storedId, token }),
  };
}

const SETTLED: SettleResult = { status: "settled" };
const LOST: SettleResult = { status: "lost" };

/** How long a receive still waits for an answer after the abort, in ms. */
const ABORT_GRACE_MS = 300;

/**
 * Waits for `pending` until shortly after `ended` aborts. Without an answer by then it resolves with the value of
 * `onLeft`. Leases that the answer would have brought expire.
 */
export function abortable<T>(pending: Promise<T>, ended: AbortSignal, onLeft: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancel = () => {};
    const abandon = () => {
      cancel = systemClock.schedule(ABORT_GRACE_MS, () => resolve(onLeft()));
    };
    const forget = () => {
      cancel();
      ended.removeEventListener("abort", abandon);
    };
    const fail = (error: unknown) => {
      forget();
      if (ended.aborted) resolve(onLeft());
      else reject(error);
    };
    ended.addEventListener("abort", abandon, { once: true });
    pending.then((answer) => {
      forget();
      resolve(answer);
    }, fail);
  });
}
