import { prometheusLabels } from "../output/prometheus-labels.ts";
import type { StatsReport } from "./collect-stats.ts";

const STATES = ["ready", "leased", "delayed", "dead"] as const;

/** The numbers in Prometheus' text format 0.0.4. What is unknown is left out rather than shown as zero. */
export function prometheusText({ broker, queues }: StatsReport): string {
  const lines = ["# HELP jobs_queue_jobs Jobs in a queue by state.", "# TYPE jobs_queue_jobs gauge"];
  for (const queue of queues) {
    for (const state of STATES) {
      const { n } = queue[state];
      if (n !== null)
        lines.push(`jobs_queue_jobs${prometheusLabels({ broker, queue: queue.name, state })} ${n}`);
    }
  }
  lines.push(
    "# HELP jobs_queue_oldest_ready_seconds How long the oldest ready job has been ready.",
    "# TYPE jobs_queue_oldest_ready_seconds gauge",
  );
  for (const { name, oldestReadyMs } of queues) {
    lines.push(
      `jobs_queue_oldest_ready_seconds${prometheusLabels({ broker, queue: name })} ${(oldestReadyMs ?? 0) / 1000}`,
    );
  }
  lines.push("# HELP jobs_queue_paused Whether deliveries are stopped.", "# TYPE jobs_queue_paused gauge");
  for (const { name, isPaused } of queues) {
    lines.push(`jobs_queue_paused${prometheusLabels({ broker, queue: name })} ${isPaused ? 1 : 0}`);
  }
  return `${lines.join("\n")}\n`;
}
