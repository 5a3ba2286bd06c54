import { bounded } from "../storage/bounded.ts";
import type { Sql } from "../storage/sql.ts";

/** A queue as it is stored, counts included. */
export interface QueueRow {
  readonly id: number;
  readonly is_paused: number;
  readonly last_number: number;
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
  readonly entered: number;
}

const NUMBERS = ["last_number", "ready", "delayed", "leased", "dead", "entered"];
const FIND = `SELECT id, is_paused <> 0 AS is_paused, ${NUMBERS.map((name) => `${bounded(name)} AS ${name}`).join(", ")}
  FROM queues WHERE name = ?`;
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
