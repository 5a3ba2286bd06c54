import { randomBytes } from "node:crypto";
import {
  countsAsFailure,
  type Delivery,
  escapeText,
  type Settlement,
  type SettleResult,
} from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import { ACTION } from "../schema/broker-tables.ts";
import type { Look } from "./ready-range.ts";
import { formatReceipt, type LeaseKey, parseReceipt } from "./receipt.ts";

/** One call that settles leases, then leases messages. */
export interface ReceiveBatch {
  readonly queue: string;
  readonly settlements: readonly Settlement[];
  /** At most this many messages; 0 settles only. */
  readonly max: number;
  readonly leaseMs: number;
  readonly holder: string | undefined;
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
interface BatchRow {
  readonly id: string | null;
  readonly body: string;
  readonly deliveries: number;
  readonly failures: number;
  readonly crashes: number;
  readonly rank: number;
  readonly seq: string;
  readonly completed: string | null;
}

interface BatchNotes {
  /** Numbers of settlements without a lease, from 1. */
  readonly lost?: readonly number[] | null;
  readonly lookMs?: number | null;
  /** The server's time, in ms since 1970, if it has looked at due times. */
  readonly lookedAt?: number | null;
  /** Nothing was ever sent to this queue. */
  readonly isMissing?: boolean;
  readonly nextMs?: number | null;
}

const SETTLED: SettleResult = { status: "settled" };
const LOST: SettleResult = { status: "lost" };

/** Settles and receives in one round trip. */
export async function runBatch(session: BrokerSession, batch: ReceiveBatch): Promise<BatchAnswer> {
  const { queue, settlements, max, leaseMs, holder, timeoutMs } = batch;
  const held = heldLeases(settlements);
  const range = session.rangeOf(queue);
  const look = range.next();
  const lease = newLease();
  const leaseUntil = session.clock.monotonic() + leaseMs;
  const values = [
    queue,
    ...settlementArrays(held),
    max,
    lease,
    leaseMs,
    holder === undefined ? null : escapeText(holder),
    look.since,
    look.lows,
    look.sweepLows,
    look.sweepHighs,
    look.isFull,
  ];
  const { rows } = await session.link.query<BatchRow>(session.statements.batch, values, { timeoutMs });
  session.countFolder.note();
  const last = rows.at(-1);
  const notes: BatchNotes = last?.id === null ? (JSON.parse(last.body) as BatchNotes) : {};
  const taken = last?.id === null ? rows.slice(0, -1) : rows;
  if (max > 0) noteLook(range, look, taken, { max, notes });
  return {
    settled: settledResults(settlements, held, notes),
    received: taken.map((row) => ({
      messageId: row.id ?? "",
      body: row.body,
      deliveryCount: row.deliveries,
      failureCount: row.failures,
      crashCount: row.crashes,
      leaseUntil,
      receipt: formatReceipt({ id: row.id ?? "", lease }),
      ...(row.completed === null ? undefined : { completed: row.completed }),
    })),
    nextMs: notes.nextMs ?? Number.POSITIVE_INFINITY,
  };
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
  });
}

/**
 * A number that no other lease ever has. It is random: a number of a sequence comes again after a crash of the server,
 * since leases do not wait for the disk.
 */
function newLease(): string {
  return String(randomBytes(8).readBigUInt64BE() >> 2n);
}

/** A settlement that is sent, with its place in the call. */
interface HeldLease {
  readonly index: number;
  readonly key: LeaseKey;
  readonly settlement: Settlement;
}

/** The first settlement of each lease, ordered by id: two calls then lock the same rows in the same order. */
function heldLeases(settlements: readonly Settlement[]): readonly HeldLease[] {
  const seen = new Set<string>();
  const held: HeldLease[] = [];
  for (const [index, settlement] of settlements.entries()) {
    const { receipt } = settlement.delivery;
    const key = parseReceipt(receipt);
    if (key === undefined || seen.has(receipt)) continue;
    seen.add(receipt);
    held.push({ index, key, settlement });
  }
  return held.sort((one, other) => (one.key.id < other.key.id ? -1 : 1));
}

/** One array for each column. Without other actions than acks there are ids and leases only. */
function settlementArrays(held: readonly HeldLease[]): readonly (readonly unknown[] | null)[] {
  if (held.length === 0) return Array(7).fill(null);
  const keys = [held.map(({ key }) => key.id), held.map(({ key }) => key.lease)];
  if (held.every(({ settlement }) => settlement.action === "ack")) return [...keys, ...Array(5).fill(null)];
  return [
    ...keys,
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
  const results = settlements.map(() => LOST);
  if (isMissing) return results;
  const isLost = new Set(lost ?? []);
  for (const [position, { index }] of held.entries()) if (!isLost.has(position + 1)) results[index] = SETTLED;
  return results;
}
