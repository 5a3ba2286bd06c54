import type { App, LifecycleEvent } from "@jobs/core";
import { repeat, systemClock } from "@jobs/core/runtime";
import { prometheusLabels } from "../../output/prometheus-labels.ts";
import { collectStats, type QueueReport, type StatsReport } from "../../stats/stats-report.ts";
import { QUEUE_METRICS } from "./metric-catalog.ts";
import { family, type MetricFamily, type Sample } from "./metric-family.ts";

/** How often a worker counts its queues, in ms. On SQS each count is a request that is billed. */
const COUNT_MS = 30_000;

const STATES = ["ready", "leased", "delayed", "dead"] as const;

/** The numbers of queues. What is unknown is left out rather than shown as zero. */
export function queueFamilies({ broker, queues }: StatsReport): readonly MetricFamily[] {
  const of = (read: (queue: QueueReport) => number | null) =>
    queues.flatMap((queue): readonly Sample[] => {
      const value = read(queue);
      return value === null ? [] : [[prometheusLabels({ broker, queue: queue.name }), value]];
    });
  const states = queues.flatMap((queue) =>
    STATES.flatMap((state): readonly Sample[] => {
      const { n } = queue[state];
      return n === null ? [] : [[prometheusLabels({ broker, queue: queue.name, state }), n]];
    }),
  );
  return [
    family(QUEUE_METRICS.jobs, states),
    family(
      QUEUE_METRICS.entered,
      of(({ entered }) => entered.n),
    ),
    family(
      QUEUE_METRICS.left,
      of(({ left }) => left.n),
    ),
    family(
      QUEUE_METRICS.oldest,
      of(({ oldestReadyMs }) => (oldestReadyMs ?? 0) / 1_000),
    ),
    family(
      QUEUE_METRICS.paused,
      of(({ isPaused }) => (isPaused ? 1 : 0)),
    ),
  ];
}

/** The numbers of the queues that a worker serves. */
export interface QueueMetrics {
  observeEvent(event: LifecycleEvent): void;
  families(): readonly MetricFamily[];
}

/**
 * Counts the queues of a worker while it runs. A count that fails leaves no numbers: old ones would look like a queue
 * that does not move.
 */
export function createQueueMetrics(app: App, broker: string): QueueMetrics {
  const queues = app.config.worker.queues.map(({ name }) => ({ name }));
  const nothing: StatsReport = { schema: "jobs.stats/1", broker, queues: [] };
  let report = nothing;
  let isCounting = false;
  let stop = () => {};

  async function count(): Promise<void> {
    if (isCounting) return;
    isCounting = true;
    report = await collectStats(app, queues).catch(() => nothing);
    isCounting = false;
  }

  return {
    observeEvent({ type }) {
      if (type === "worker.started") {
        void count();
        stop = repeat(systemClock, COUNT_MS, () => void count());
      } else if (type === "worker.draining") stop();
    },
    families: () => queueFamilies(report),
  };
}
