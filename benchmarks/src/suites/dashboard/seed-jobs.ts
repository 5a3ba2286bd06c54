import { createApp, type EnqueueItem } from "@jobs/core";
import type { Broker, HistoryEvent, HistoryStore } from "@jobs/core/broker";
import { invoice, mail, PARTS, report } from "./app.ts";

/** Where the jobs are stored, and where the history of them is. */
export interface SeededStores {
  readonly broker: Broker;
  readonly history: HistoryStore;
}

const HOUR_MS = 3_600_000;

/** One in a hundred is dead, and one in ten waits until tomorrow. */
const SHARES = { dead: 0.01, delayed: 0.1 } as const;

/** Jobs and events of one write. */
const BATCH = 1_000;

/**
 * Stores so many jobs in three queues, with the event of each enqueue in the history, spread over the last hour. Then
 * it closes the stores.
 */
export async function seedJobs({ broker, history }: SeededStores, jobs: number): Promise<void> {
  const app = createApp({ ...PARTS, broker });
  const [dead, delayed] = [jobs * SHARES.dead, jobs * SHARES.delayed];
  const seed = createSeed(history, jobs);
  const send = async (count: number, queue: string, itemOf: (n: number) => EnqueueItem) => {
    for (let sent = 0; sent < count; sent += BATCH) {
      const items = Array.from({ length: Math.min(BATCH, count - sent) }, (_, n) => itemOf(sent + n));
      const results = await app.enqueueMany(items);
      const ids = results.map((one) => {
        if (one.status === "refused") throw one.error;
        return one.id;
      });
      await seed(ids, queue);
    }
  };
  await send(dead, "invoices", (number) => [invoice, { number }]);
  const until = { type: "settled", jobs: dead } as const;
  await app.worker({ concurrency: 100, queues: ["invoices"], until, ownsProcess: false }).run();
  await send(delayed, "reports", () => [report, { day: "2026-01-31" }, { delayMs: 24 * HOUR_MS }]);
  await send(jobs - dead - delayed, "mail", (n) => [mail, { to: `customer-${n}@example.com` }]);
  await app.close();
  await history.close();
}

/** Writes the events of enqueued jobs. The first is an hour old. */
function createSeed(history: HistoryStore, jobs: number) {
  const since = Date.now() - HOUR_MS;
  const source = "bench:1:seed";
  let seq = 0;
  return async (ids: readonly string[], queue: string): Promise<void> => {
    const task = queue.slice(0, -1);
    const events = ids.map((id): HistoryEvent => {
      const at = since + Math.floor((seq / jobs) * HOUR_MS);
      const job = { id, task: queue === "mail" ? queue : task, queue };
      return { type: "job.enqueued", at, job, delayMs: 0, source, seq: ++seq, eventId: `${source}#${seq}` };
    });
    await history.write(events);
  };
}
