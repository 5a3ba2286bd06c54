import type { Logger } from "@jobs/core";
import type { ListenAddress } from "../../base/listen-flag.ts";
import type { MetricsFormat } from "./metric-family.ts";
import type { Pages } from "./serve-pages.ts";

/** Flags for probes. */
export interface ProbeFlags {
  readonly "health-port"?: ListenAddress | undefined;
  readonly "metrics-port"?: ListenAddress | undefined;
  readonly "metrics-file"?: string | undefined;
}

/** What the probes show. Only what the flags ask for is loaded. */
export interface ProbeSource {
  readonly logger: Logger | undefined;
  health(): Promise<Pages>;
  /** Resolves with a function that writes the current numbers as the text of `/metrics`. */
  metrics(): Promise<MetricsText>;
}

/** Writes the current numbers as text. */
export type MetricsText = (format: MetricsFormat) => string;

/** Whether metrics are to be shown anywhere. */
export function wantsMetrics(flags: ProbeFlags): boolean {
  return flags["metrics-port"] !== undefined || flags["metrics-file"] !== undefined;
}

/**
 * Opens health and metrics pages while a worker or a host runs. They share a server when their addresses are the same.
 * Loads only the requested pages. The returned function closes them and does not throw.
 * @throws ConfigError when an address cannot be listened on.
 */
export async function openProbes(flags: ProbeFlags, source: ProbeSource): Promise<() => void> {
  const { "health-port": health, "metrics-port": metrics, "metrics-file": file } = flags;
  const closers: (() => void)[] = [];
  const text = wantsMetrics(flags) ? await source.metrics() : undefined;
  const sites = new Map<string, { readonly address: ListenAddress; readonly pages: Pages }>();
  const add = (address: ListenAddress, pages: Pages) => {
    const key = `${address.host}:${address.port}`;
    sites.set(key, { address, pages: { ...sites.get(key)?.pages, ...pages } });
  };
  if (health !== undefined) add(health, await source.health());
  if (metrics !== undefined && text !== undefined) {
    const { metricsPages } = await import("./metrics-page.ts");
    add(metrics, metricsPages(text));
  }
  for (const { address, pages } of sites.values()) {
    const { servePages } = await import("./serve-pages.ts");
    const server = await servePages(address, pages);
    closers.push(() => server.close());
    source.logger?.info({ url: server.url, paths: Object.keys(pages) }, "listening");
  }
  if (file !== undefined && text !== undefined) {
    const { keepMetricsFile } = await import("./metrics-file.ts");
    closers.push(keepMetricsFile({ path: file, logger: source.logger, text: () => text("prometheus") }));
  }
  return () => {
    for (const close of closers.splice(0)) close();
  };
}
