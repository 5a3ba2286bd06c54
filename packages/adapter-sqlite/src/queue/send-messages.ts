import type { OutgoingMessage, SendResult } from "@jobs/core";
import { rankOf, STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/sql.ts";
import { type Ledger, withLedger } from "./ledger.ts";
import { ensureQueue, type QueueRow } from "./queue-row.ts";

/** Few parameters on purpose: binding them is a third of the work of a batch. */
const INSERT_READY = `INSERT INTO messages (queue, state, rank, at, due_at, priority, id, label, body)
  VALUES (?1, ${STATE.ready}, ${rankOf("?3")}, ?2, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (queue, id) DO NOTHING`;
const INSERT_DELAYED = `INSERT INTO messages (queue, state, rank, at, due_at, priority, id, label, body)
  VALUES (?1, ${STATE.delayed}, 0, ?2, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (queue, id) DO NOTHING`;

/** Halves of surrogate pairs (in unicode mode whole pairs are other characters) and NUL, where the drivers end a text. */
export const UNSTORABLE = /[\p{Surrogate}\0]/u;

/** Stores messages; those of an id that is stored already change nothing. */
export function sendMessages(
  sql: Sql,
  queueName: string,
  messages: readonly OutgoingMessage[],
  nowAt: number,
): readonly SendResult[] {
  const queue = ensureQueue(sql, queueName);
  return withLedger(sql, queue, (ledger) =>
    messages.map((message) => sendOne(sql, queue, message, { nowAt, ledger })),
  );
}

function sendOne(
  sql: Sql,
  queue: QueueRow,
  { id, label, body, delayMs = 0, priority = 0 }: OutgoingMessage,
  { nowAt, ledger }: { readonly nowAt: number; readonly ledger: Ledger },
): SendResult {
  const isLater = delayMs > 0;
  const insert = isLater ? INSERT_DELAYED : INSERT_READY;
  const stored = sql.run(insert, queue.id, laterBy(nowAt, delayMs), priority, id, label, body);
  if (stored === 0) return { status: "duplicate", messageId: id };
  ledger.move(1, undefined, isLater ? "delayed" : "ready");
  return { status: "sent", messageId: id };
}

/** A whole number of ms that SQLite and JavaScript both hold exactly; never earlier than asked. */
export function laterBy(nowAt: number, delayMs: number): number {
  return Math.min(Math.ceil(nowAt + delayMs), Number.MAX_SAFE_INTEGER);
}
