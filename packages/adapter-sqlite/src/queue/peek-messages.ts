import {
  type DeadReason,
  type PeekOptions,
  type PeekPage,
  type SerializedError,
  type StoredMessage,
  wrongCursor,
} from "@jobs/core/broker";
import { bounded } from "../storage/bounded.ts";
import { STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/shared-connection.ts";
import { findQueue, type StateName } from "./queue-counters.ts";

interface MessageRow {
  readonly cursor: string;
  readonly at: number;
  readonly id: string;
  readonly label: string;
  readonly body: string;
  readonly deliveries: number;
  readonly failures: number;
  readonly crashes: number;
  readonly priority: number;
  readonly due_at: number;
  readonly redrives: number;
  readonly holder: string | null;
  readonly last_error: string | null;
  readonly dead_reason: string | null;
  readonly dead_error: string | null;
}

/**
 * The position of a message in its order. Pages end at a position, so messages that come and go neither repeat nor hide
 * others.
 */
type PeekPosition = readonly [rank: string, at: string, seq: string];

const NUMBERS = ["at", "deliveries", "failures", "crashes", "priority", "due_at", "redrives"];
const COLUMNS = `rank || '.' || at || '.' || seq AS cursor, id, label, body, holder, last_error, dead_reason, dead_error,
  ${NUMBERS.map((name) => `${bounded(name)} AS ${name}`).join(", ")}`;
/** Numbers too large for JavaScript stay text in a cursor. */
const AFTER =
  "(messages.rank, messages.at, messages.seq) > (CAST(? AS INTEGER), CAST(? AS INTEGER), CAST(? AS INTEGER))";
const PAGE = `SELECT ${COLUMNS} FROM messages WHERE queue = ? AND state = ? AND ${AFTER}
  ORDER BY messages.rank, messages.at, messages.seq LIMIT ?`;
const ONE = `SELECT ${COLUMNS} FROM messages WHERE queue = ? AND id = ? AND state = ?`;
const BEFORE_ALL: PeekPosition = [String(-(2n ** 63n)), "0", "0"];

/**
 * One page of the messages in a state, ordered by receive, due time, end of lease or death.
 * @throws ConfigError for a cursor that no page gave.
 */
export function peekMessages(sql: Sql, queueName: string, options: PeekOptions): PeekPage {
  const { state, limit, id } = options;
  // SQLite keeps no finished jobs.
  if (state === "succeeded") return { messages: [] };
  const after = options.cursor === undefined ? BEFORE_ALL : parseCursor(options.cursor);
  const queue = findQueue(sql, queueName);
  if (queue === undefined) return { messages: [] };
  if (id !== undefined) {
    const rows = sql.all<MessageRow>(ONE, queue.id, id, STATE[state]);
    return { messages: rows.map((row) => describe(row, state)) };
  }
  const rows = sql.all<MessageRow>(PAGE, queue.id, STATE[state], ...after, limit + 1);
  const page = rows.slice(0, limit);
  const messages = page.map((row) => describe(row, state));
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { messages };
  return { messages, nextCursor: last.cursor };
}

function parseCursor(cursor: string): PeekPosition {
  const [, rank, at, seq] = /^(-?\d{1,19})\.(-?\d{1,19})\.(-?\d{1,19})$/.exec(cursor) ?? [];
  if (rank !== undefined && at !== undefined && seq !== undefined) return [rank, at, seq];
  throw wrongCursor();
}

function describe(row: MessageRow, state: StateName): StoredMessage {
  return {
    messageId: row.id,
    label: row.label,
    body: row.body,
    state,
    deliveryCount: row.deliveries,
    failureCount: row.failures,
    crashCount: row.crashes,
    priority: row.priority,
    dueAt: row.due_at,
    redrives: row.redrives,
    ...(state === "leased" ? { leaseUntil: row.at } : {}),
    ...(state === "leased" && row.holder !== null ? { holder: row.holder } : {}),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(row.dead_reason === null ? {} : { dead: describeDeath(row, row.dead_reason) }),
  };
}

function describeDeath(row: MessageRow, reason: string): NonNullable<StoredMessage["dead"]> {
  const death = { reason: reason as DeadReason, at: row.at };
  return row.dead_error === null ? death : { ...death, error: readError(row.dead_error) };
}

/** A text that somebody edited is shown as it is. */
function readError(text: string): SerializedError {
  try {
    const error: unknown = JSON.parse(text);
    if (typeof error === "object" && error !== null && "message" in error) return error as SerializedError;
  } catch {
    // It is not JSON.
  }
  return { name: "Error", message: text };
}
