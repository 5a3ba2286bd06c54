import type { App } from "@jobs/core";
import { brokerOf } from "../project/open-app.ts";
import type { SelectedQueue } from "../queues/selected-queues.ts";
import { leftOf } from "./queue-rates.ts";
import type { StatsReport } from "./stats-report.ts";

/** Asks all queues at once. */
export async function collectStats(app: App, queues: readonly SelectedQueue[]): Promise<StatsReport> {
  const reports = queues.map(async ({ name }) => {
    const stats = await app.stats(name);
    const { ready, leased, delayed, dead, entered, oldestReadyMs, isPaused } = stats;
    const counts = { ready, leased, delayed, dead, entered, left: leftOf(stats) };
    return { name, ...counts, inPerSecond: null, outPerSecond: null, oldestReadyMs, isPaused };
  });
  return { schema: "jobs.stats/1", broker: brokerOf(app).kind, queues: await Promise.all(reports) };
}
