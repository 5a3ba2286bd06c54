import {
  type DeadReason,
  type PeekOptions,
  type PeekPage,
  type ScannedMessage,
  type ScanOptions,
  type ScanPage,
  type SerializedError,
  type StoredMessage,
  wrongCursor,
} from "@jobs/core/broker";
import { bounded } from "../storage/bounded.ts";
import { BODY } from "../storage/large-bodies.ts";
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

interface ScannedRow {
  readonly cursor: string;
  readonly messageId: string;
  readonly body: string;
}

/**
 * The position of a message in its order. Pages end at a position, so messages that come and go neither repeat nor hide
 * others.
 */
type PeekPosition = readonly [rank: string, at: string, seq: string];

const NUMBERS = ["at", "deliveries", "failures", "crashes", "priority", "due_at", "redrives"];
const COLUMNS = `rank || '.' || at || '.' || seq AS cursor, id, label, ${BODY} AS body, holder, last_error, dead_reason, dead_error,
  ${NUMBERS.map((name) => `${bounded(name)} AS ${name}`).join(", ")}`;
/**
 * Numbers too large for JavaScript stay text in a cursor. SQLite compares that text as a number, since the columns hold
 * numbers. A cast would do the same, but then the index finds the rank alone, and each page reads all before it.
 */
const AFTER = "(messages.rank, messages.at, messages.seq) > (?, ?, ?)";
const FROM = `FROM messages WHERE queue = ? AND state = ? AND ${AFTER}
  ORDER BY messages.rank, messages.at, messages.seq LIMIT ?`;
const PAGE = `SELECT ${COLUMNS} ${FROM}`;
const SCAN = `SELECT rank || '.' || at || '.' || seq AS cursor, id AS messageId, ${BODY} AS body ${FROM}`;
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
  const { page, ...rest } = cut(
    sql.all<MessageRow>(PAGE, queue.id, STATE[state], ...after, limit + 1),
    limit,
  );
  return { messages: page.map((row) => describe(row, state)), ...rest };
}

/** The same with ids and bodies only, which takes a quarter of the time. @throws as {@link peekMessages} does */
export function scanMessages(sql: Sql, queueName: string, { state, limit, cursor }: ScanOptions): ScanPage {
  if (state === "succeeded") return { messages: [] };
  const after = cursor === undefined ? BEFORE_ALL : parseCursor(cursor);
  const queue = findQueue(sql, queueName);
  if (queue === undefined) return { messages: [] };
  const { page, ...rest } = cut(
    sql.all<ScannedRow>(SCAN, queue.id, STATE[state], ...after, limit + 1),
    limit,
  );
  return { messages: page, ...rest };
}

const FIND = `SELECT id AS messageId, ${BODY} AS body FROM messages
  WHERE queue = ? AND id IN (SELECT value FROM json_each(?))`;

/** The messages with these ids, in any state. */
export function findMessages(sql: Sql, queueName: string, ids: readonly string[]): readonly ScannedMessage[] {
  const queue = findQueue(sql, queueName);
  return queue === undefined ? [] : sql.all<ScannedMessage>(FIND, queue.id, JSON.stringify(ids));
}

/** The rows of a page, of which one more was read. */
function cut<Row extends { readonly cursor: string }>(
  rows: Row[],
  limit: number,
): { readonly page: readonly Row[]; readonly nextCursor?: string } {
  if (rows.length <= limit) return { page: rows };
  rows.pop();
  const last = rows.at(-1);
  return { page: rows, ...(last === undefined ? {} : { nextCursor: last.cursor }) };
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
