import {
  ConfigError,
  checkPeek,
  type DeadReason,
  type PeekOptions,
  type PeekPage,
  type SerializedError,
  type StoredMessage,
} from "@jobs/core";
import { STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/sql.ts";
import type { StateName } from "./ledger.ts";
import { findQueue } from "./queue-row.ts";

interface MessageRow {
  readonly seq: number;
  readonly rank: number;
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

/** The place of a message in its line: pages are cut after it, so that what comes and goes neither repeats nor hides others. */
type Place = readonly [rank: number, at: number, seq: number];

const COLUMNS = `seq, rank, at, id, label, body, deliveries, failures, crashes, priority, due_at, redrives, holder, last_error,
  dead_reason, dead_error`;
const PAGE = `SELECT ${COLUMNS} FROM messages WHERE queue = ? AND state = ? AND (rank, at, seq) > (?, ?, ?)
  ORDER BY rank, at, seq LIMIT ?`;
const ONE = `SELECT ${COLUMNS} FROM messages WHERE queue = ? AND id = ? AND state = ?`;
const BEFORE_ALL: Place = [-1, 0, 0];

/**
 * One page of the messages in a state, in the order in which they are received, fall due, end their lease or died.
 * @throws ConfigError when limit or cursor is not usable.
 */
export function peekMessages(sql: Sql, queueName: string, options: PeekOptions): PeekPage {
  const { state, limit, id } = options;
  checkPeek({ limit });
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
  return { messages, nextCursor: `${last.rank}.${last.at}.${last.seq}` };
}

function parseCursor(cursor: string): Place {
  const [rank, at, seq, ...rest] = cursor.split(".").map(Number);
  if (rank !== undefined && at !== undefined && seq !== undefined && rest.length === 0) {
    if ([rank, at, seq].every(Number.isSafeInteger)) return [rank, at, seq];
  }
  throw new ConfigError("peek: the cursor is not one that an earlier page gave.");
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
    ...(state === "leased" && row.holder !== null ? { holder: row.holder } : {}),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(row.dead_reason === null ? {} : { dead: describeDeath(row, row.dead_reason) }),
  };
}

function describeDeath(row: MessageRow, reason: string): NonNullable<StoredMessage["dead"]> {
  const death = { reason: reason as DeadReason, at: row.at };
  return row.dead_error === null ? death : { ...death, error: JSON.parse(row.dead_error) as SerializedError };
}
