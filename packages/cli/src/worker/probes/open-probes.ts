import type { App, Logger, Worker } from "@jobs/core";
import { VERSION } from "../../base/program.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { Pages } from "./serve-pages.ts";

/** How probes are asked for on the command line. */
export interface ProbeFlags {
  readonly "health-port"?: ListenAddress | undefined;
  readonly "metrics-port"?: ListenAddress | undefined;
  readonly "metrics-file"?: string | undefined;
}

/** Whom the probes are about. */
export interface Probed {
  readonly app: App;
  readonly worker: Worker;
  readonly logger: Logger | undefined;
}

/**
 * Opens what others may look at while a worker runs; health and metrics share a server where their addresses are the
 * same. Nothing is loaded for what is not asked for. Closed by the returned function, which throws nothing.
 * @throws ConfigError when an address cannot be listened on.
 */
export async function openProbes(flags: ProbeFlags, probed: Probed): Promise<() => void> {
  const { "health-port": health, "metrics-port": metrics, "metrics-file": file } = flags;
  const closers: (() => void)[] = [];
  const text = metrics === undefined && file === undefined ? undefined : await metricsText(probed);
  const sites = new Map<string, { readonly address: ListenAddress; readonly pages: Pages }>();
  const add = (address: ListenAddress, pages: Pages) => {
    const key = `${address.host ?? ""}:${address.port}`;
    sites.set(key, { address, pages: { ...sites.get(key)?.pages, ...pages } });
  };
  if (health !== undefined) add(health, (await import("./health-pages.ts")).healthPages(probed.worker));
  if (metrics !== undefined && text !== undefined) add(metrics, metricsPages(text));
  for (const { address, pages } of sites.values()) {
    const { servePages } = await import("./serve-pages.ts");
    const server = await servePages(address, pages);
    closers.push(() => server.close());
    probed.logger?.info({ url: server.url, paths: Object.keys(pages) }, "listening");
  }
  if (file !== undefined && text !== undefined) {
    const { keepMetricsFile } = await import("./metrics-file.ts");
    closers.push(keepMetricsFile({ path: file, logger: probed.logger, text }));
  }
  return () => {
    for (const close of closers.splice(0)) close();
  };
}

function metricsPages(text: () => string): Pages {
  return { "/metrics": () => ({ status: 200, type: "text/plain; version=0.0.4", body: text() }) };
}

async function metricsText({ app, worker }: Probed): Promise<() => string> {
  const { createWorkerMetrics } = await import("./worker-metrics.ts");
  const { release = "" } = app.config;
  const metrics = createWorkerMetrics({
    worker,
    concurrency: app.config.worker.concurrency,
    tasks: app.tasks.tasks.map(({ name }) => name),
    info: { worker: worker.identity, release, jobs: VERSION, node: process.version },
  });
  app.observe(metrics.observe);
  return metrics.text;
}
