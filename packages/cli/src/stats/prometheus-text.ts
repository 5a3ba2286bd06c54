import { prometheusLabels } from "../output/prometheus-labels.ts";
import type { StatsReport } from "./stats-report.ts";

const TOTALS = [
  { of: "entered", help: "Jobs that ever came into a queue: sends, and dead letters put back." },
  { of: "left", help: "Jobs that ever left a queue: done, dead or removed." },
] as const;

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
  for (const { of, help } of TOTALS) {
    const name = `jobs_queue_${of}_total`;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
    for (const queue of queues) {
      const { n } = queue[of];
      if (n !== null) lines.push(`${name}${prometheusLabels({ broker, queue: queue.name })} ${n}`);
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
