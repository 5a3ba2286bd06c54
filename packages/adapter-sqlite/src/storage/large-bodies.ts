import type { Sql } from "./shared-connection.ts";

/**
 * A longer body is stored beside its message, in characters. A message is written again when it is leased, retried or
 * dead, with all that is in its row. A body of this length takes two pages.
 */
const LARGE_BODY = 4_096;

/** Whether a body is stored beside its message. */
export function isLarge(body: string): boolean {
  return body.length > LARGE_BODY;
}

/** The body in the row of its message: empty where it is stored beside it. */
export function bodyInRow(body: string): string {
  return isLarge(body) ? "" : body;
}

const STORE = "INSERT OR REPLACE INTO bodies (message, body) VALUES (?, ?)";

/** Stores a large body beside the message in that row. The schema removes it with its message. */
export function storeLargeBody(sql: Sql, seq: number, body: string): void {
  if (isLarge(body)) sql.run(STORE, seq, body);
}

const REMOVE = "DELETE FROM bodies WHERE message = ?";

/** Gives a message in the file a new body, of which its row already has {@link bodyInRow}. */
export function replaceLargeBody(sql: Sql, seq: number, body: string): void {
  if (isLarge(body)) sql.run(STORE, seq, body);
  else sql.run(REMOVE, seq);
}

const READ = "SELECT body FROM bodies WHERE message = ?";

/** The body of a message whose row has an empty one. It may really be empty. */
export function readLargeBody(sql: Sql, seq: number): string {
  return sql.get<{ readonly body: string }>(READ, seq)?.body ?? "";
}

/** SQL for the body of a message, wherever it is stored. */
export const BODY = `CASE messages.body WHEN '' THEN coalesce((SELECT bodies.body FROM bodies WHERE message = messages.seq), '')
  ELSE messages.body END`;
