import type { LifecycleEvent, Observer, Worker } from "@jobs/core";
import { prometheusLabels } from "../../output/prometheus-labels.ts";
import { DurationHistogram } from "./duration-histogram.ts";

/** Numbers of one worker's life. */
export interface WorkerMetrics {
  readonly observe: Observer;
  /** All of them in Prometheus' text format 0.0.4. */
  text(): string;
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
    text: () =>
      [
        ...family("jobs_job_events_total", "counter", "What happened to jobs.", samples(events)),
        ...family("jobs_dead_letters_total", "counter", "Jobs set aside, by reason.", samples(deadLetters)),
        ...family("jobs_broker_outages_total", "counter", "Times the broker was lost.", samples(outages)),
        "# HELP jobs_run_duration_seconds Time in handlers.",
        "# TYPE jobs_run_duration_seconds histogram",
        ...durations.lines(),
        ...family("jobs_worker_running", "gauge", "Jobs in handlers.", [["", worker.running]]),
        ...family("jobs_worker_concurrency", "gauge", "Jobs it can run at once.", [["", concurrency]]),
        ...family("jobs_worker_ready", "gauge", "Whether it takes jobs.", [["", worker.isReady ? 1 : 0]]),
        ...family("jobs_worker_start_time_seconds", "gauge", "When it was started.", [
          ["", startedAt / 1_000],
        ]),
        ...family("jobs_worker_memory_bytes", "gauge", "Resident memory.", [["", process.memoryUsage.rss()]]),
        ...family("jobs_worker_info", "gauge", "Who it is.", [[prometheusLabels(info), 1]]),
        "",
      ].join("\n"),
  };
}

type Sample = readonly [labels: string, value: number];

function raise(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function samples(counts: ReadonlyMap<string, number>): readonly Sample[] {
  return [...counts];
}

function family(
  name: string,
  type: "counter" | "gauge",
  help: string,
  values: readonly Sample[],
): readonly string[] {
  const lines = values.map(([labels, value]) => `${name}${labels} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}
