import { randomFillSync } from "node:crypto";
import { BrokerUnavailableError, type JobsError } from "@jobs/core";
import {
  countsAsFailure,
  type Delivery,
  escapeText,
  type Settlement,
  type SettleResult,
} from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import { bigintArray, shortArray, textArray } from "../connection/array-parameter.ts";
import { KIND } from "../connection/postgres-fault.ts";
import { ACTION } from "../schema/broker-tables.ts";
import type { Look } from "./ready-range.ts";
import { formatReceipt, type LeaseKey, parseReceipt } from "./receipt.ts";

/** One call that settles leases, then leases messages. */
export interface ReceiveBatch {
  readonly queue: string;
  /** The number of the queue when it was opened. */
  readonly queueId: number;
  readonly settlements: readonly Settlement[];
  /** At most this many messages; 0 settles only. */
  readonly max: number;
  readonly leaseMs: number;
  /** As text that Postgres can store. */
  readonly holder: string | null;
  /** Whether no newer message is taken before one that can be. */
  readonly isOrdered: boolean;
  /** Whether the rows of all settlements are where they were when their leases began. */
  readonly areInPlace: boolean;
  readonly timeoutMs: number;
}

/** The answer of a batch. */
export interface BatchAnswer {
  readonly settled: readonly SettleResult[];
  readonly received: readonly Delivery[];
  /** Time until the next message is due or the next lease ends, in ms; `Infinity` without either. */
  readonly nextMs: number;
}

/** A row of the function: a delivery, or notes without an id. */
export interface BatchRow {
  readonly id: string | null;
  readonly body: string;
  readonly deliveries: number;
  readonly failures: number;
  readonly crashes: number;
  readonly rank: number;
  readonly seq: string;
  readonly completed: string | null;
  readonly row_id: string;
}

interface BatchNotes {
  /** Numbers of settlements without a lease, from 1. Where one is also there below 0, the lease is held: see {@link LOCKED}. */
  readonly lost?: readonly number[] | null;
  readonly lookMs?: number | null;
  /** The server's time, in ms since 1970, if it has looked at all due times. */
  readonly lookedAt?: number | null;
  readonly dueMs?: number | null;
  readonly sweptMs?: number | null;
  /** Nothing was ever sent to this queue. */
  readonly isMissing?: boolean;
  readonly nextMs?: number | null;
}

export const SETTLED: SettleResult = { status: "settled" };
export const LOST: SettleResult = { status: "lost" };

/**
 * The lease is held, but another transaction has locked the row: nearly always that of its own handler, by
 * `ctx.transaction`. Nobody else can take the message until that ends, and the call may be tried again.
 */
export const LOCKED: { readonly status: "failed"; readonly error: JobsError } = {
  status: "failed",
  error: new BrokerUnavailableError({ broker: KIND }, "a transaction that is still open holds the job.", {
    hint: 'End each transaction soon after its ctx.transaction. "jobs doctor" finds long ones.',
  }),
};

/** Settles and receives in one round trip, and looks at all that may be ready. */
export async function runBatch(session: BrokerSession, batch: ReceiveBatch): Promise<BatchAnswer> {
  const { queue, settlements, max, leaseMs, holder, isOrdered, timeoutMs } = batch;
  const held = heldLeases(settlements);
  const range = session.rangeOf(queue);
  const look = isOrdered ? range.nextOrdered() : range.next();
  const lease = newLease();
  const leaseUntil = session.clock.monotonic() + leaseMs;
  const values = [
    queue,
    ...settlementArrays(held),
    max,
    lease,
    leaseMs,
    holder,
    look.since,
    look.sweepSince,
    look.sweepUntil,
    shortArray(look.lows),
    look.sweepLows && shortArray(look.sweepLows),
    look.sweepHighs && shortArray(look.sweepHighs),
    look.isFull,
  ];
  const { rows } = await session.link.query<BatchRow>(session.statements.batch, values, { timeoutMs });
  session.countFolder.note();
  const last = rows.at(-1);
  const notes: BatchNotes = last?.id === null ? (JSON.parse(last.body) as BatchNotes) : {};
  const taken = last?.id === null ? rows.slice(0, -1) : rows;
  if (settlements.some(({ action }) => action !== "ack")) range.noteReturned();
  if (max > 0) noteLook(range, look, taken, { max, notes });
  return {
    settled: settledResults(settlements, held, notes),
    received: taken.map((row) => deliveryOf(row, { lease, leaseUntil })),
    nextMs: notes.nextMs ?? Number.POSITIVE_INFINITY,
  };
}

/** A new lease. */
export interface NewLease {
  readonly lease: string;
  /** Monotonic. */
  readonly leaseUntil: number;
}

export function deliveryOf(row: BatchRow, { lease, leaseUntil }: NewLease): Delivery {
  const id = row.id ?? "";
  const delivery = {
    messageId: id,
    body: row.body,
    deliveryCount: row.deliveries,
    failureCount: row.failures,
    crashCount: row.crashes,
    leaseUntil,
    receipt: formatReceipt({ id, lease, row: row.row_id }),
  };
  return row.completed === null ? delivery : { ...delivery, completed: row.completed };
}

function noteLook(
  range: ReturnType<BrokerSession["rangeOf"]>,
  look: Look,
  rows: readonly BatchRow[],
  { max, notes }: { readonly max: number; readonly notes: BatchNotes },
): void {
  range.note(look, {
    rows,
    isFullBatch: rows.length === max,
    lookedAt: notes.lookedAt ?? undefined,
    lookMs: notes.lookMs ?? undefined,
    dueMs: notes.dueMs ?? undefined,
    sweptMs: notes.sweptMs ?? undefined,
  });
}

/**
 * A number that no other lease ever has. It is random: a number of a sequence comes again after a crash of the server,
 * since leases do not wait for the disk.
 */
export function newLease(): string {
  if (unused === random.length) {
    randomFillSync(random);
    unused = 0;
  }
  return String((random[unused++] ?? 0n) >> 2n);
}

/** Asking for random bytes costs much more than eight of them. */
const random = new BigUint64Array(512);
let unused = random.length;

/** A settlement that is sent, with its place in the call. */
export interface HeldLease {
  readonly index: number;
  readonly key: LeaseKey;
  readonly settlement: Settlement;
}

/** The first settlement of each lease, in the order of the call: dead letters keep it. */
export function heldLeases(settlements: readonly Settlement[]): readonly HeldLease[] {
  const seen = new Set<string>();
  const held: HeldLease[] = [];
  for (const [index, settlement] of settlements.entries()) {
    const { receipt } = settlement.delivery;
    const key = parseReceipt(receipt);
    if (key === undefined || seen.has(receipt)) continue;
    seen.add(receipt);
    held.push({ index, key, settlement });
  }
  return held;
}

/** One array for each column. Where all are acks of different messages there are ids and leases only. */
function settlementArrays(held: readonly HeldLease[]): readonly unknown[] {
  if (held.length === 0) return Array(7).fill(null);
  const ids = held.map(({ key }) => key.id);
  const leases = held.map(({ key }) => key.lease);
  if (held.every(({ settlement }) => settlement.action === "ack") && new Set(ids).size === ids.length) {
    const isOne = leases.every((lease) => lease === leases[0]);
    return [textArray(ids), bigintArray(isOne ? leases.slice(0, 1) : leases), ...Array(5).fill(null)];
  }
  return [
    textArray(ids),
    bigintArray(leases),
    held.map(({ settlement }) => ACTION[settlement.action]),
    held.map(({ settlement }) => (settlement.action === "retry" ? settlement.delayMs : 0)),
    held.map(({ settlement }) => (countsAsFailure(settlement) ? 1 : 0)),
    held.map(({ settlement }) => reasonOf(settlement)),
    held.map(({ settlement }) =>
      settlement.action === "dead" && settlement.error !== undefined
        ? JSON.stringify(settlement.error)
        : null,
    ),
  ];
}

function reasonOf(settlement: Settlement): string | null {
  if (settlement.action === "dead") return settlement.reason;
  if (settlement.action !== "retry" || settlement.reason === undefined) return null;
  return escapeText(settlement.reason);
}

/** Result i answers settlement i. */
function settledResults(
  settlements: readonly Settlement[],
  held: readonly HeldLease[],
  { lost, isMissing = false }: BatchNotes,
): readonly SettleResult[] {
  if (held.length === settlements.length && !isMissing && !lost) return settlements.map(() => SETTLED);
  const results: SettleResult[] = settlements.map(() => LOST);
  if (isMissing) return results;
  const isLost = new Set(lost ?? []);
  for (const [position, { index }] of held.entries()) {
    if (!isLost.has(position + 1)) results[index] = SETTLED;
    else if (isLost.has(-position - 1)) results[index] = LOCKED;
  }
  return results;
}
