import type { LifecycleEvent, Observer, Worker } from "@jobs/core";
import { prometheusLabels } from "../../output/prometheus-labels.ts";
import { DurationHistogram } from "./duration-histogram.ts";
import { type MetricFamily, type Sample, single } from "./metric-family.ts";

/** Numbers of one worker's life. */
export interface WorkerMetrics {
  readonly observe: Observer;
  families(): readonly MetricFamily[];
}

/** What the numbers are about. */
export interface MetricsSource {
  readonly worker: Worker;
  readonly concurrency: number;
  /** Names of the tasks; whatever else messages call themselves is counted together, or labels would be theirs to choose. */
  readonly tasks: readonly string[];
  readonly info: Readonly<Record<string, string>>;
}

/** What a job of an unknown name is counted as. */
const UNKNOWN = "(unknown)";

/** Creates counters at zero. */
export function createWorkerMetrics({ worker, concurrency, tasks, info }: MetricsSource): WorkerMetrics {
  const known = new Set(tasks);
  const events = new Map<string, number>();
  const deadLetters = new Map<string, number>();
  const outages = new Map<string, number>();
  const durations = new DurationHistogram("jobs_run_duration_seconds");
  const startedAt = Date.now();

  function countJob(event: Extract<LifecycleEvent, { readonly job: unknown }>): void {
    const { queue } = event.job;
    const task = known.has(event.job.task) ? event.job.task : UNKNOWN;
    raise(events, prometheusLabels({ event: event.type.slice("job.".length), task, queue }));
    if (event.type === "job.dead")
      raise(deadLetters, prometheusLabels({ reason: event.reason, task, queue }));
    if ("durationMs" in event) durations.add(task, event.durationMs / 1_000);
  }

  return {
    observe(event) {
      if ("job" in event) countJob(event);
      else if (event.type === "broker.lost") raise(outages, prometheusLabels({ queue: event.queue }));
    },
    families: () => [
      counter("jobs_job_events_total", "What happened to jobs.", events),
      counter("jobs_dead_letters_total", "Jobs set aside, by reason.", deadLetters),
      counter("jobs_broker_outages_total", "Times the broker was lost.", outages),
      durations.family(),
      gauge("jobs_worker_running", "Jobs in handlers.", worker.running),
      gauge("jobs_worker_concurrency", "Jobs that can run at once.", concurrency),
      gauge(
        "jobs_worker_ready",
        "Whether it takes jobs; of several processes, how many do.",
        worker.isReady ? 1 : 0,
      ),
      {
        ...gauge("jobs_worker_start_time_seconds", "When it was started.", startedAt / 1_000),
        together: "least",
      },
      gauge("jobs_worker_memory_bytes", "Resident memory.", process.memoryUsage.rss()),
      { ...gauge("jobs_worker_info", "Who it is.", 1), samples: [[prometheusLabels(info), 1]] },
    ],
  };
}

function raise(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function counter(name: string, help: string, counts: ReadonlyMap<string, number>): MetricFamily {
  const samples: readonly Sample[] = [...counts];
  return { name, type: "counter", help, samples };
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return single(name, "gauge", help, value);
}
