import { keepAliveClock, listenToStopSignals } from "@jobs/core/runtime";
import type { ListenAddress } from "../base/listen-flag.ts";
import { writeNow } from "../output/write-now.ts";
import { metricsText } from "../worker/probes/metric-family.ts";
import { metricsPages } from "../worker/probes/metrics-page.ts";
import { queueFamilies } from "../worker/probes/queue-metrics.ts";
import { servePages } from "../worker/probes/serve-pages.ts";
import type { StatsReport } from "./stats-report.ts";

/**
 * Serves the numbers of queues as `/metrics` until the process is asked to end. Each request counts anew; requests at
 * the same time share one count.
 * @throws ConfigError when the address cannot be listened on
 */
export async function serveStats(address: ListenAddress, count: () => Promise<StatsReport>): Promise<void> {
  let counting: Promise<StatsReport> | undefined;
  const pages = metricsPages(async (format) => {
    counting ??= count().finally(() => {
      counting = undefined;
    });
    return metricsText(queueFamilies(await counting), format);
  });
  const server = await servePages(address, pages);
  writeNow(2, `listening on ${server.url}/metrics\n`);
  await new Promise<void>((resolve) => {
    listenToStopSignals({ onStop: () => resolve(), onForce: () => {}, clock: keepAliveClock });
  });
  server.close();
}
