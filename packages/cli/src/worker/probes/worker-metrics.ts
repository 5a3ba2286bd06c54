import type { LifecycleEvent, Observer, Worker } from "@jobs/core";
import { prometheusLabels } from "../../output/prometheus-labels.ts";
import { type MetricFamily, type Sample, single } from "./metric-family.ts";

/** Metrics of one worker since its start. */
export interface WorkerMetrics {
  readonly observe: Observer;
  families(): readonly MetricFamily[];
}

/** What the numbers are about. */
export interface MetricsSource {
  readonly worker: Worker;
  readonly concurrency: number;
  /**
   * Names of the tasks. Jobs with other names are counted together, so that messages cannot create labels without a
   * limit.
   */
  readonly tasks: readonly string[];
  readonly info: Readonly<Record<string, string>>;
}

/** Label of jobs with an unknown task. */
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

/** Upper bounds of the buckets, in seconds: from a quick handler to the default timeout. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900] as const;

interface Series {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** How long runs took, by task, as a Prometheus histogram. */
export class DurationHistogram {
  readonly #name: string;
  readonly #series = new Map<string, Series>();

  constructor(name: string) {
    this.#name = name;
  }

  add(task: string, seconds: number): void {
    const series = this.#series.get(task) ?? { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 };
    this.#series.set(task, series);
    series.sum += seconds;
    series.count++;
    const first = BOUNDS.findIndex((bound) => seconds <= bound);
    if (first >= 0) series.buckets[first] = (series.buckets[first] ?? 0) + 1;
  }

  family(): MetricFamily {
    return { name: this.#name, type: "histogram", help: "Time in handlers.", samples: this.#samples() };
  }

  #samples(): readonly Sample[] {
    return [...this.#series].flatMap(([task, { buckets, sum, count }]) => {
      let atMost = 0;
      const bounded = BOUNDS.map((bound, index) => {
        atMost += buckets[index] ?? 0;
        return bucket(task, String(bound), atMost);
      });
      const of = prometheusLabels({ task });
      return [...bounded, bucket(task, "+Inf", count), [`_sum${of}`, sum], [`_count${of}`, count]];
    });
  }
}

function bucket(task: string, le: string, value: number): Sample {
  return [`_bucket${prometheusLabels({ task, le })}`, value];
}
