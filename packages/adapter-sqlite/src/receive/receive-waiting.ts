import type { Delivery } from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import type { Present } from "../queue/promote-due.ts";
import { findQueue } from "../queue/queue-counters.ts";
import { bounded } from "../storage/bounded.ts";
import { STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/shared-connection.ts";
import type { Listener } from "../storage/wake-ups.ts";

/** A receive that found no message at first. */
export interface WaitingReceive {
  readonly session: BrokerSession;
  readonly queue: string;
  readonly waitMs: number;
  /** Any of them ends the wait. */
  readonly endings: readonly AbortSignal[];
  /** Leases messages that are ready now. */
  claim(): Promise<readonly Delivery[]>;
}

/** Waits for the first messages, until the time is up or the receive is ended. */
export async function receiveWaiting(receive: WaitingReceive): Promise<readonly Delivery[]> {
  const { session, queue, endings } = receive;
  const listener = session.file.wakeUps.listen(queue, session.clock);
  for (const ending of endings) ending.addEventListener("abort", listener.wake, { once: true });
  try {
    return await claimOnce(receive, listener);
  } finally {
    for (const ending of endings) ending.removeEventListener("abort", listener.wake);
    listener.leave();
  }
}

async function claimOnce(receive: WaitingReceive, listener: Listener): Promise<readonly Delivery[]> {
  const { clock } = receive.session;
  const giveUpAt = clock.monotonic() + receive.waitMs;
  while (!receive.endings.some((ending) => ending.aborted)) {
    const leftMs = giveUpAt - clock.monotonic();
    const nextInMs = await untilNext(receive);
    if (leftMs <= 0) return nextInMs <= 0 ? receive.claim() : [];
    if (nextInMs <= 0) {
      const deliveries = await receive.claim();
      if (deliveries.length > 0) return deliveries;
    } else {
      await listener.rest(Math.min(leftMs, nextInMs));
    }
  }
  return [];
}

/** Time until the next claim, in ms; 0 or less for now. */
async function untilNext({ session, queue }: WaitingReceive): Promise<number> {
  const present = session.leaseClock.present();
  const { isReady, nextInMs } = await session.file.read((sql) => readNextDue(sql, queue, present));
  return isReady ? 0 : nextInMs;
}

/** The next event that ends a wait. */
interface NextDue {
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

/** Takes no write lock, so that waiting receives do not block those who write. */
function readNextDue(sql: Sql, queueName: string, present: Present): NextDue {
  const queue = findQueue(sql, queueName);
  if (queue === undefined || queue.is_paused !== 0) return NOTHING;
  const row = sql.get<NextDueRow>(LOOK, queue.id);
  if (row === undefined) return NOTHING;
  const dueInMs = (row.dueAt ?? Number.POSITIVE_INFINITY) - present.nowAt;
  const leaseEndsInMs = (row.leaseEndsAt ?? Number.POSITIVE_INFINITY) - present.leasesEndAt;
  const nextInMs = Math.min(dueInMs, leaseEndsInMs);
  return { isReady: row.ready !== null || nextInMs <= 0, nextInMs };
}
