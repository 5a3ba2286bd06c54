import type { Delivery, SettleResult } from "@jobs/core";
import { toMessageId } from "../layout/message-key.ts";
import { formatReceipt } from "./receipt.ts";

/** What one turn of a consumer did. */
export interface Turn {
  readonly settled: readonly SettleResult[];
  readonly received: readonly Delivery[];
  /** In how many ms the next delayed message falls due; `Infinity` when none is delayed. */
  readonly nextDueMs: number;
}

/** A turn that did nothing. */
export const NO_TURN: Turn = { settled: [], received: [], nextDueMs: Number.POSITIVE_INFINITY };

/** A turn as the script answers it. */
export type TurnAnswer = readonly [settled: readonly number[], taken: readonly Taken[], nextDueMs: number];

type Taken = readonly [storedId: string, body: string, deliveries: number, failures: number, crashes: number];

/** What the leases of one turn have in common is its token and their end. */
export function readTurn([settled, taken, nextDueMs]: TurnAnswer, token: string, leaseUntil: number): Turn {
  return {
    settled: settled.map((isHeld) => ({ status: isHeld === 1 ? "settled" : "lost" })),
    received: taken.map(([storedId, body, deliveryCount, failureCount, crashCount]) => ({
      messageId: toMessageId(storedId),
      body,
      deliveryCount,
      failureCount,
      crashCount,
      leaseUntil,
      receipt: formatReceipt({ storedId, token }),
    })),
    nextDueMs: nextDueMs < 0 ? NO_TURN.nextDueMs : nextDueMs,
  };
}
