import type { RestoredMessage, SendResult } from "@jobs/core/broker";
import { laterBy } from "../storage/bounded.ts";
import { bodyInRow, storeLargeBody } from "../storage/large-bodies.ts";
import { rankOf, STATE } from "../storage/schema.ts";
import type { QueueChange, StateName } from "./queue-counters.ts";

const COLUMNS = `queue, state, rank, at, due_at, priority, id, label, body, deliveries, failures, crashes, redrives,
  last_error, dead_reason, dead_error`;
const insertAt = (state: StateName, rank: string) =>
  `INSERT INTO messages (${COLUMNS})
    VALUES (?1, ${STATE[state]}, ${rank}, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
    ON CONFLICT (queue, id) DO NOTHING`;
const READY = insertAt("ready", rankOf("?4"));
const DELAYED = insertAt("delayed", "0");
const DEAD = insertAt("dead", "?15");

/** Stores messages of another broker, each in its state. One with an id that is already stored changes nothing. */
export function restoreMessages(
  change: QueueChange,
  messages: readonly RestoredMessage[],
  nowAt: number,
): readonly SendResult[] {
  return messages.map((message) => ({
    status: restoreOne(change, message, nowAt) ? "sent" : "duplicate",
    messageId: message.id,
  }));
}

/** Whether it was new. */
function restoreOne({ sql, queue, counters }: QueueChange, message: RestoredMessage, nowAt: number): boolean {
  const { delayMs, dead } = message;
  const dueAt = laterBy(nowAt, delayMs ?? 0);
  const row = [queue.id, dead?.at ?? dueAt, dueAt, ...fieldsOf(message)] as const;
  const to = stateOf(message);
  const stored =
    to === "dead"
      ? sql.insert(DEAD, ...row, counters.nextNumber())
      : sql.insert(to === "delayed" ? DELAYED : READY, ...row);
  if (stored.count === 0) return false;
  storeLargeBody(sql, stored.last, message.body);
  counters.move(1, undefined, to);
  return true;
}

function fieldsOf(message: RestoredMessage) {
  const { id, label, body, priority = 0, deliveryCount, failureCount, crashCount, redrives } = message;
  const { lastError = null, dead } = message;
  const error = dead?.error === undefined ? null : JSON.stringify(dead.error);
  const counts = [deliveryCount, failureCount, crashCount, redrives] as const;
  return [priority, id, label, bodyInRow(body), ...counts, lastError, dead?.reason ?? null, error] as const;
}

function stateOf({ dead, delayMs = 0 }: RestoredMessage): StateName {
  if (dead !== undefined) return "dead";
  return delayMs > 0 ? "delayed" : "ready";
}
