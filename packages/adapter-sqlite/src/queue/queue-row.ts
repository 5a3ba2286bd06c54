import type { Sql } from "../storage/sql.ts";
import { Ledger } from "./ledger.ts";

/** A queue as it is stored, counts included. */
export interface QueueRow {
  readonly id: number;
  readonly is_paused: number;
  readonly leases: number;
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
}

const FIND = "SELECT id, is_paused, leases, ready, delayed, leased, dead FROM queues WHERE name = ?";
const CREATE = "INSERT INTO queues (name) VALUES (?)";

/** `undefined` until something was stored under that name: looking at a queue does not make it. */
export function findQueue(sql: Sql, name: string): QueueRow | undefined {
  return sql.get<QueueRow>(FIND, name);
}

/** The queue of that name, made when it is new. */
export function ensureQueue(sql: Sql, name: string): QueueRow {
  const known = findQueue(sql, name);
  if (known !== undefined) return known;
  sql.run(CREATE, name);
  return findQueue(sql, name) as QueueRow;
}

/** Runs `change` with a ledger of the queue, and saves what it noted. */
export function withLedger<T>(sql: Sql, queue: QueueRow, change: (ledger: Ledger) => T): T {
  const ledger = new Ledger(queue.id);
  const result = change(ledger);
  ledger.save(sql);
  return result;
}
