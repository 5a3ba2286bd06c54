import type { LifecycleEvent, Observer } from "@jobs/core";
import type { CallMetrics } from "./call-metrics.ts";
import { OTHER } from "./call-metrics.ts";
import { Counter, Histogram } from "./counters.ts";
import { JOB_METRICS } from "./metric-catalog.ts";
import type { MetricFamily } from "./metric-family.ts";
import { createProcessMetrics, type ProcessSource } from "./process-metrics.ts";
import type { QueueMetrics } from "./queue-metrics.ts";

/** Metrics of one worker since its start. */
export interface WorkerMetrics {
  readonly observe: Observer;
  families(): readonly MetricFamily[];
}

/** What the numbers are about. */
export interface MetricsSource extends ProcessSource {
  /**
   * Names of the tasks. Jobs with other names are counted together, so that messages cannot create labels without a
   * limit.
   */
  readonly tasks: readonly string[];
  /** Default: its calls are not measured. */
  readonly calls?: CallMetrics | undefined;
  /** Default: its queues are not counted. */
  readonly queues?: QueueMetrics | undefined;
}

const names = new Map<LifecycleEvent["type"], string>();

/** The label of an event. A text that is cut off anew for each job would have to be hashed anew, too. */
function nameOf(type: LifecycleEvent["type"]): string {
  const known = names.get(type);
  if (known !== undefined) return known;
  const name = type.slice("job.".length);
  names.set(type, name);
  return name;
}

/** Creates counters at zero. */
export function createWorkerMetrics({ tasks, calls, queues, ...source }: MetricsSource): WorkerMetrics {
  const known = new Set(tasks);
  const events = new Counter(JOB_METRICS.events);
  const deadLetters = new Counter(JOB_METRICS.deadLetters);
  const held = new Counter(JOB_METRICS.held);
  const stepDelays = new Counter(JOB_METRICS.stepDelays);
  const runSeconds = new Histogram(JOB_METRICS.runSeconds);
  const process = createProcessMetrics(source);

  function countJob(event: Extract<LifecycleEvent, { readonly job: unknown }>): void {
    const { queue } = event.job;
    const task = known.has(event.job.task) ? event.job.task : OTHER;
    events.add([nameOf(event.type), task, queue]);
    if (event.type === "job.dead") deadLetters.add([event.reason, task, queue]);
    else if (event.type === "job.held") held.add([event.reason, task, queue]);
    else if (event.type === "job.step_delayed") stepDelays.add([event.step, task, queue]);
    if ("durationMs" in event) runSeconds.add([task], event.durationMs / 1_000, event.job.traceId);
  }

  return {
    observe(event) {
      if ("job" in event) return countJob(event);
      process.observeEvent(event);
      calls?.observeEvent(event);
      queues?.observeEvent(event);
    },
    families: () => [
      ...[events, deadLetters, held, stepDelays, runSeconds].map((metric) => metric.family()),
      ...(calls?.families() ?? []),
      ...(queues?.families() ?? []),
      ...process.families(),
    ],
  };
}
