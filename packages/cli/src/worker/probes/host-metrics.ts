import type { HostEvent } from "@jobs/host";
import { HOST_METRICS } from "./metric-catalog.ts";
import {
  type MetricFamily,
  type MetricsFormat,
  mergeFamilies,
  metricsText,
  single,
} from "./metric-family.ts";

/** Numbers of all processes of a host, those that have ended included. */
export interface HostMetrics {
  observe(event: HostEvent): void;
  text(format?: MetricsFormat): string;
}

/**
 * Sums the measurements of worker processes. Counts of an ended process stay in the sum, so that it never falls. Its
 * counts between its last message and a crash are missing.
 */
export function createHostMetrics(): HostMetrics {
  const living = new Map<number, readonly MetricFamily[]>();
  let past: readonly MetricFamily[] = [];
  let [restarts, recycled] = [0, 0];

  function forget(pid: number): void {
    const counted = (living.get(pid) ?? []).filter(({ type }) => type !== "gauge");
    past = mergeFamilies([past, counted]);
    living.delete(pid);
  }

  return {
    observe(event) {
      if (event.type === "process.crashed") restarts++;
      else if (event.type === "process.recycled") recycled++;
      else if (event.type === "process.ended" && event.pid !== undefined) forget(event.pid);
      else if (event.type === "process.measured" && event.pid !== undefined)
        living.set(event.pid, event.measured as readonly MetricFamily[]);
    },
    text: (format) =>
      metricsText(
        [
          ...mergeFamilies([past, ...living.values()]),
          single(HOST_METRICS.processes, living.size),
          single(HOST_METRICS.restarts, restarts),
          single(HOST_METRICS.recycled, recycled),
        ],
        format,
      ),
  };
}
