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

/** A turn as the script answers it; places are counted from 1. */
export type TurnAnswer = readonly [lost: readonly number[], taken: readonly Taken[], nextDueMs: number];

type Taken = readonly [storedId: string, body: string, deliveries: number, failures: number, crashes: number];

/** What a turn was asked for. */
export interface AskedTurn {
  /** How many settlements it took along. */
  readonly settlements: number;
  /** What the leases it takes have in common. */
  readonly token: string;
  readonly leaseUntil: number;
}

export function readTurn([lost, taken, nextDueMs]: TurnAnswer, asked: AskedTurn): Turn {
  const { token, leaseUntil } = asked;
  const settled: SettleResult[] = new Array(asked.settlements).fill(SETTLED);
  for (const place of lost) settled[place - 1] = LOST;
  return {
    settled,
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

const SETTLED: SettleResult = { status: "settled" };
const LOST: SettleResult = { status: "lost" };
