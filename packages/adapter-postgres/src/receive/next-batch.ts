import type { JobsError } from "@jobs/core";
import type { Settlement, SettleResult } from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import { bigintArray, shortArray } from "../connection/array-parameter.ts";
import type { NextLook } from "./ready-range.ts";
import {
  type BatchAnswer,
  type BatchRow,
  deliveryOf,
  type HeldLease,
  heldLeases,
  LOST,
  newLease,
  type ReceiveBatch,
  runBatch,
  SETTLED,
} from "./receive-batch.ts";

/** The positions of leases that are acked, those of one lease after the other. */
interface AckedPositions {
  readonly rows: readonly string[];
  /** Each number once. */
  readonly leases: readonly string[];
  /** The number of rows up to the last one of each lease. */
  readonly ends: readonly number[];
}

/**
 * Settles and receives in one round trip. Where it is known where the next messages are, only these are read. If there
 * are none, a second call looks at all.
 */
export async function runNextBatch(session: BrokerSession, batch: ReceiveBatch): Promise<BatchAnswer> {
  const { queue, settlements, max, isOrdered, areInPlace, timeoutMs } = batch;
  const isPlain = max > 0 && !isOrdered && areInPlace && settlements.every(({ action }) => action === "ack");
  const look = isPlain ? session.rangeOf(queue).nextKnown(max) : undefined;
  if (look === undefined) return runBatch(session, batch);
  const startedAt = session.clock.monotonic();
  const answer = await readNext(session, batch, look);
  const leftMs = () => Math.max(1, timeoutMs - (session.clock.monotonic() - startedAt));
  const settled = await settleOthers(session, { ...batch, timeoutMs: leftMs() }, answer.settled);
  if (answer.received.length > 0) return { ...answer, settled };
  const all = runBatch(session, { ...batch, settlements: [], timeoutMs: leftMs() });
  // The settlements are done, also when the second call fails.
  const { received, nextMs } = settled.length === 0 ? await all : await all.catch(() => answer);
  return { settled, received, nextMs };
}

/** The answer of one call. Settlements without an answer are to be sent by their ids. */
async function readNext(
  session: BrokerSession,
  { queue, queueId, settlements, max, leaseMs, holder, timeoutMs }: ReceiveBatch,
  look: NextLook,
): Promise<Omit<BatchAnswer, "settled"> & { readonly settled: readonly (SettleResult | undefined)[] }> {
  const held = heldLeases(settlements);
  const positions = positionsOf(held);
  const lease = newLease();
  const leaseUntil = session.clock.monotonic() + leaseMs;
  const values = [
    queue,
    queueId,
    `{${positions.rows.map((row) => `"${row}"`).join(",")}}`,
    bigintArray(positions.leases),
    shortArray(positions.ends),
    max,
    lease,
    leaseMs,
    holder,
    look.low,
    look.high,
  ];
  const { rows } = await session.link.query<BatchRow>(session.statements.next, values, { timeoutMs });
  session.countFolder.note();
  const last = rows.at(-1);
  const notes =
    last?.id === null ? (JSON.parse(last.body) as { readonly acked: readonly string[] }) : undefined;
  const taken = (notes === undefined ? rows : rows.slice(0, -1)).sort(byOrder);
  session.rangeOf(queue).noteNext(look, taken, taken.length === max);
  return {
    settled: settledResults(settlements, held, notes && new Set(notes.acked)),
    received: taken.map((row) => deliveryOf(row, { lease, leaseUntil })),
    nextMs: Number.POSITIVE_INFINITY,
  };
}

/** By lease: the function reads a range of the positions for each. */
function positionsOf(held: readonly HeldLease[]): AckedPositions {
  const byLease = new Map<string, string[]>();
  for (const { key } of held) {
    const known = byLease.get(key.lease);
    if (known === undefined) byLease.set(key.lease, [key.row]);
    else known.push(key.row);
  }
  let end = 0;
  const ends = [...byLease.values()].map((rows) => (end += rows.length));
  return { rows: [...byLease.values()].flat(), leases: [...byLease.keys()], ends };
}

/** Result i answers settlement i. `acked`: the positions that were found; `undefined` for all. */
function settledResults(
  settlements: readonly Settlement[],
  held: readonly HeldLease[],
  acked: ReadonlySet<string> | undefined,
): readonly (SettleResult | undefined)[] {
  if (acked === undefined && held.length === settlements.length) return settlements.map(() => SETTLED);
  const results: (SettleResult | undefined)[] = settlements.map(() => LOST);
  for (const { index, key } of held)
    results[index] = acked === undefined || acked.has(key.row) ? SETTLED : undefined;
  return results;
}

/** Settles those that have no result yet. What was received stands, also when that fails. */
async function settleOthers(
  session: BrokerSession,
  batch: ReceiveBatch,
  results: readonly (SettleResult | undefined)[],
): Promise<readonly SettleResult[]> {
  const others = batch.settlements.filter((_, index) => results[index] === undefined);
  if (others.length === 0) return results.map((result) => result ?? LOST);
  const answers = await runBatch(session, { ...batch, settlements: others, max: 0 }).then(
    ({ settled }) => settled,
    (error: JobsError) => others.map((): SettleResult => ({ status: "failed", error })),
  );
  const next = answers.values();
  return results.map((result) => result ?? next.next().value ?? LOST);
}

function byOrder(one: BatchRow, other: BatchRow): number {
  return Number(one.seq) - Number(other.seq);
}
