import { sqliteHistory } from "@jobs/adapter-sqlite";
import { type App, createApp, defineTask, handle } from "@jobs/core";
import type { Broker, JobRecord } from "@jobs/core/broker";

const importUsers = defineTask("import_users", { rows: "number" });

/** An app that keeps the history of its jobs in `file`. */
export function appWithHistory(broker: Broker, file: string): App {
  return createApp({
    broker,
    history: sqliteHistory({ file }),
    tasks: [importUsers],
    handlers: [handle(importUsers, (_params, ctx) => ctx.progress({ done: 1 }))],
  });
}

/** Enqueues a job that can be found by its customer. */
export async function enqueueFor(app: App, customer: number): Promise<string> {
  // #region tags
  const { id } = await app.enqueue(importUsers, { rows: 10 }, { tags: [`customer:${customer}`] });
  // #endregion
  return id;
}

/** The jobs of a customer that have succeeded or failed for good within the last hour, and what the last one did. */
export async function lastHour(
  { history }: App,
  customer: number,
): Promise<{ readonly jobs: readonly JobRecord[]; readonly steps: readonly string[] }> {
  if (history === undefined) return { jobs: [], steps: [] };
  // #region read
  const { jobs } = await history.list({
    tag: `customer:${customer}`,
    states: ["succeeded", "dead"],
    since: Date.now() - 3_600_000,
    limit: 20,
  });
  const events = jobs[0] === undefined ? [] : await history.timeline(jobs[0].id);
  // #endregion
  return { jobs, steps: events.map(({ type }) => type) };
}
