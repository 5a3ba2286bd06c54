import type { BrokerQueue, RestoredMessage, StoredMessage } from "@jobs/core/broker";
import { encodeEnvelope, peekPages } from "@jobs/core/broker";

/** Far enough that no job becomes due during a test. */
export const LATER_MS = 3_600_000;

/** How many jobs of a kind are stored. */
export interface JobKinds {
  readonly ready: number;
  /** With two failures and a crash. */
  readonly failed?: number;
  readonly delayed?: number;
  readonly dead?: number;
  readonly urgent?: number;
}

/** Stores jobs of all kinds, and returns their ids. */
export async function fill(queue: BrokerQueue, kinds: JobKinds): Promise<readonly string[]> {
  const { ready, failed = 0, delayed = 0, dead = 0, urgent = 0 } = kinds;
  const failures = { deliveryCount: 3, failureCount: 2, crashCount: 1 };
  const death = {
    reason: "fatal",
    at: 1_700_000_000_000,
    error: { name: "Error", message: "as asked" },
  } as const;
  const messages = [
    ...some("ready", ready, {}),
    ...some("failed", failed, failures),
    ...some("delayed", delayed, { delayMs: LATER_MS }),
    ...some("dead", dead, { ...failures, redrives: 1, dead: death }),
    ...some("urgent", urgent, { priority: 5 }),
  ];
  for (let from = 0; from < messages.length; from += 500) {
    await queue.restore?.(messages.slice(from, from + 500));
  }
  return messages.map(({ id }) => id).sort();
}

function some(kind: string, count: number, more: Partial<RestoredMessage>): readonly RestoredMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${kind}-${index}`;
    return { ...jobMessage(id), deliveryCount: 0, failureCount: 0, crashCount: 0, redrives: 0, ...more };
  });
}

/** A job of `my_task`. */
export function jobMessage(id: string, more: object = {}) {
  const enqueuedAt = "2026-01-31T12:00:00.000Z";
  const body = encodeEnvelope({
    v: 1,
    task: "my_task",
    params: { a: 1, b: 2 },
    id,
    sig: "a,b",
    enqueuedAt,
    ...more,
  });
  return { id, label: "my_task", body };
}

/** All that a queue shows. */
export async function stored(queue: BrokerQueue): Promise<readonly StoredMessage[]> {
  const all: StoredMessage[] = [];
  for (const state of ["ready", "delayed", "leased", "dead"] as const) {
    for await (const { messages } of peekPages(queue, { state, pageSize: 500 })) all.push(...messages);
  }
  return all;
}
