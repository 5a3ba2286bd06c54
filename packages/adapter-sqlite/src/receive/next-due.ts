import type { Present } from "../queue/promote-due.ts";
import { findQueue } from "../queue/queue-counters.ts";
import { bounded } from "../storage/bounded.ts";
import { STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/sql.ts";

/** What a waiting receive waits for. */
export interface NextDue {
  /** Whether a message can be leased now. */
  readonly isReady: boolean;
  /** Time until the next message is due or the next lease ends, in ms; `Infinity` without either. */
  readonly nextInMs: number;
}

interface NextDueRow {
  readonly ready: number | null;
  readonly dueAt: number | null;
  readonly leaseEndsAt: number | null;
}

const LOOK = `SELECT
  (SELECT 1 FROM messages WHERE queue = ?1 AND state = ${STATE.ready} LIMIT 1) AS ready,
  (SELECT ${bounded("at")} FROM messages WHERE queue = ?1 AND state = ${STATE.delayed} AND rank = 0 ORDER BY at LIMIT 1) AS dueAt,
  (SELECT ${bounded("at")} FROM messages WHERE queue = ?1 AND state = ${STATE.leased} AND rank = 0 ORDER BY at LIMIT 1) AS leaseEndsAt`;

const NOTHING: NextDue = { isReady: false, nextInMs: Number.POSITIVE_INFINITY };

/** Reads without the write lock. */
export function readNextDue(sql: Sql, queueName: string, present: Present): NextDue {
  const queue = findQueue(sql, queueName);
  if (queue === undefined || queue.is_paused !== 0) return NOTHING;
  const row = sql.get<NextDueRow>(LOOK, queue.id);
  if (row === undefined) return NOTHING;
  const dueInMs = (row.dueAt ?? Number.POSITIVE_INFINITY) - present.nowAt;
  const leaseEndsInMs = (row.leaseEndsAt ?? Number.POSITIVE_INFINITY) - present.leasesEndAt;
  const nextInMs = Math.min(dueInMs, leaseEndsInMs);
  return { isReady: row.ready !== null || nextInMs <= 0, nextInMs };
}
