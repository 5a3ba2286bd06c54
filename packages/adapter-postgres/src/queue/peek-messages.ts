import {
  type DeadReason,
  type PeekOptions,
  type PeekPage,
  type SerializedError,
  type StoredMessage,
  unescapeText,
  wrongCursor,
} from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import { STATE } from "../schema/broker-tables.ts";

interface MessageRow {
  readonly cursor: string;
  readonly id: string;
  readonly label: string;
  readonly body: string;
  readonly state: number;
  readonly deliveries: number;
  readonly failures: number;
  readonly crashes: number;
  readonly priority: number;
  readonly at: string;
  readonly due_at: string;
  readonly redrives: number;
  readonly holder: string | null;
  readonly last_error: string | null;
  readonly dead_reason: string | null;
  readonly dead_error: string | null;
}

/** Before all positions. */
const START = [String(-(2n ** 63n)), String(-(2n ** 63n))] as const;

/**
 * One page of the messages in a state, ordered by receive, due time, end of lease or death. Pages end at a position, so
 * messages that come and go neither repeat nor hide others. @throws ConfigError for a cursor that no page gave.
 */
export async function peekMessages(
  { link, statements }: BrokerSession,
  queue: string,
  { state, limit, id, cursor }: PeekOptions,
): Promise<PeekPage> {
  // Postgres keeps no finished jobs.
  if (state === "succeeded") return { messages: [] };
  const after = cursor === undefined ? START : parseCursor(cursor);
  if (id !== undefined) {
    const { rows } = await link.query<MessageRow>(statements.peekOne, [queue, id]);
    return { messages: rows.filter((row) => row.state === STATE[state]).map((row) => describe(row, state)) };
  }
  const { rows } = await link.query<MessageRow>(statements.peek[state], [queue, ...after, limit + 1]);
  const page = rows.slice(0, limit);
  const messages = page.map((row) => describe(row, state));
  const last = page.at(-1);
  return rows.length <= limit || last === undefined ? { messages } : { messages, nextCursor: last.cursor };
}

function parseCursor(cursor: string): readonly [string, string] {
  const [, first, second] = /^(-?\d{1,19})\.(-?\d{1,19})$/.exec(cursor) ?? [];
  if (first === undefined || second === undefined) throw wrongCursor();
  if ([first, second].some((number) => BigInt.asIntN(64, BigInt(number)) !== BigInt(number)))
    throw wrongCursor();
  return [first, second];
}

function describe(row: MessageRow, state: keyof typeof STATE): StoredMessage {
  return {
    messageId: row.id,
    label: unescapeText(row.label),
    body: row.body,
    state,
    deliveryCount: row.deliveries,
    failureCount: row.failures,
    crashCount: row.crashes,
    priority: row.priority,
    dueAt: Number(row.due_at),
    redrives: row.redrives,
    ...(state === "leased" ? { leaseUntil: Number(row.at) } : {}),
    ...(state === "leased" && row.holder !== null ? { holder: unescapeText(row.holder) } : {}),
    ...(row.last_error === null ? {} : { lastError: unescapeText(row.last_error) }),
    ...(row.dead_reason === null ? {} : { dead: describeDeath(row, row.dead_reason) }),
  };
}

function describeDeath(row: MessageRow, reason: string): NonNullable<StoredMessage["dead"]> {
  const death = { reason: reason as DeadReason, at: Number(row.at) };
  return row.dead_error === null ? death : { ...death, error: JSON.parse(row.dead_error) as SerializedError };
}
