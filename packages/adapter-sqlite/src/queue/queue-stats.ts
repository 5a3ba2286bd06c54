import type { QueueStats } from "@jobs/core/broker";
import { bounded } from "../storage/bounded.ts";
import { RANKS, STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/shared-connection.ts";
import type { Present } from "./promote-due.ts";
import { findQueue, type QueueRow } from "./queue-counters.ts";

/** Messages that became ready by time, before any receive or send moved them. */
interface Overdue {
  readonly count: number;
  readonly oldestAt: number | null;
}

const OVERDUE = `SELECT count(*) AS count, ${bounded("min(at)")} AS oldestAt FROM messages
  WHERE queue = ? AND state = ? AND rank = 0 AND at <= ?`;
/** One short query per rank instead of reading each ready message. */
const OLDEST_READY = `WITH RECURSIVE ranks (rank) AS (SELECT 0 UNION ALL SELECT rank + 1 FROM ranks WHERE rank < ${RANKS - 1})
  SELECT min((SELECT ${bounded("min(at)")} FROM messages WHERE queue = ? AND state = ${STATE.ready} AND rank = ranks.rank)) AS at FROM ranks`;

/** The numbers of a queue without counting its messages. It reads only those that became due since the last receive. */
export function queueStats(sql: Sql, queueName: string, present: Present): QueueStats {
  const queue = findQueue(sql, queueName);
  if (queue === undefined) return describe({ ready: 0, delayed: 0, leased: 0, dead: 0, entered: 0 });
  const due = overdue(sql, queue, STATE.delayed, present.nowAt);
  const expired = overdue(sql, queue, STATE.leased, present.leasesEndAt);
  const first = sql.get<{ readonly at: number | null }>(OLDEST_READY, queue.id);
  const readyAt = [first?.at ?? null, due.oldestAt, expired.oldestAt].filter((at) => at !== null);
  return describe(
    {
      ready: queue.ready + due.count + expired.count,
      delayed: Math.max(0, queue.delayed - due.count),
      leased: Math.max(0, queue.leased - expired.count),
      dead: queue.dead,
      entered: queue.entered,
    },
    readyAt.length === 0 ? null : Math.max(0, present.nowAt - Math.min(...readyAt)),
    queue.is_paused !== 0,
  );
}

function overdue(sql: Sql, queue: QueueRow, state: number, at: number): Overdue {
  return sql.get<Overdue>(OVERDUE, queue.id, state, at) ?? { count: 0, oldestAt: null };
}

function describe(
  counts: Pick<QueueRow, "ready" | "delayed" | "leased" | "dead" | "entered">,
  oldestReadyMs: number | null = null,
  isPaused = false,
): QueueStats {
  const exactly = (n: number) => ({ n, exact: true });
  return {
    ready: exactly(counts.ready),
    delayed: exactly(counts.delayed),
    leased: exactly(counts.leased),
    dead: exactly(counts.dead),
    entered: exactly(counts.entered),
    oldestReadyMs,
    isPaused,
  };
}
