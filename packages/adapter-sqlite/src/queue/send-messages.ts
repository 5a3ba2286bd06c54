import type { OutgoingMessage, SendResult } from "@jobs/core/broker";
import type { SqlValue } from "../driver/connection.ts";
import { ROWS_PER_STATEMENT, textByRows } from "../storage/row-statements.ts";
import { rankOf, STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/sql.ts";
import { ensureQueue, type QueueRow, withQueueCounters } from "./queue-counters.ts";

/** Parameters of each message; all in a statement share queue, due time and priority. */
const OWN_PARAMETERS = 3;

const insertReady = insertInto(STATE.ready, rankOf("?3"));
const insertDelayed = insertInto(STATE.delayed, "0");

/** Stores messages; one with an id that is already stored changes nothing. */
export function sendMessages(
  sql: Sql,
  queueName: string,
  messages: readonly OutgoingMessage[],
  nowAt: number,
): readonly SendResult[] {
  const queue = ensureQueue(sql, queueName);
  return withQueueCounters(sql, queue, ({ counters }) => {
    const results: SendResult[] = [];
    while (results.length < messages.length) {
      const alike = alikeFrom(messages, results.length);
      const stored = storeAlike(sql, queue, alike, nowAt);
      let count = 0;
      for (const { id } of alike) {
        const isStored = stored === "all" || stored.delete(id);
        if (isStored) count++;
        results.push({ status: isStored ? "sent" : "duplicate", messageId: id });
      }
      counters.move(count, undefined, isLater(alike[0]) ? "delayed" : "ready");
    }
    return results;
  });
}

/** The messages that were new. */
type Stored = "all" | Set<string>;

/** The next messages with the same due time and priority, in order, as many as fit into one statement. */
function alikeFrom(messages: readonly OutgoingMessage[], from: number): readonly OutgoingMessage[] {
  const first = messages[from];
  let end = from + 1;
  const longest = Math.min(messages.length, from + ROWS_PER_STATEMENT);
  while (end < longest && isAlike(messages[end], first)) end++;
  return messages.slice(from, end);
}

function isAlike(a: OutgoingMessage | undefined, b: OutgoingMessage | undefined): boolean {
  return (a?.delayMs ?? 0) === (b?.delayMs ?? 0) && (a?.priority ?? 0) === (b?.priority ?? 0);
}

function isLater(message: OutgoingMessage | undefined): boolean {
  return (message?.delayMs ?? 0) > 0;
}

function storeAlike(sql: Sql, queue: QueueRow, alike: readonly OutgoingMessage[], nowAt: number): Stored {
  const [{ delayMs = 0, priority = 0 } = {}] = alike;
  const insert = delayMs > 0 ? insertDelayed : insertReady;
  const values: SqlValue[] = [queue.id, laterBy(nowAt, delayMs), priority];
  for (const { id, label, body } of alike) values.push(id, label, body);
  const { count, last } = sql.insert(insert(alike.length), ...values);
  if (count === alike.length) return "all";
  if (count === 0) return new Set();
  const ids = sql.all<{ readonly id: string }>(IDS_OF_ROWS, last - count, last);
  return new Set(ids.map(({ id }) => id));
}

const IDS_OF_ROWS = "SELECT id FROM messages WHERE seq > ? AND seq <= ?";

function insertInto(state: number, rank: string): (rows: number) => string {
  return textByRows({
    shared: 3,
    own: OWN_PARAMETERS,
    row: (first) => `(?1, ${state}, ${rank}, ?2, ?2, ?3, ?${first}, ?${first + 1}, ?${first + 2})`,
    around: (rows) =>
      `INSERT INTO messages (queue, state, rank, at, due_at, priority, id, label, body) VALUES ${rows}
      ON CONFLICT (queue, id) DO NOTHING`,
  });
}

/** `delayMs` after `nowAt`, rounded up to a whole number that SQLite and JavaScript both represent exactly. */
export function laterBy(nowAt: number, delayMs: number): number {
  return Math.min(Math.ceil(nowAt + delayMs), Number.MAX_SAFE_INTEGER);
}
