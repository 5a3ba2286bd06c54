import type { AppDefinition, LifecycleEvent } from "@jobs/core";
import { type Broker, fullQueueName } from "@jobs/core/broker";
import type { CallObserver } from "@jobs/core/runtime";
import { prometheusLabels } from "../../output/prometheus-labels.ts";
import { Counter, Histogram } from "./counters.ts";
import { CALL_METRICS } from "./metric-catalog.ts";
import { family, type MetricFamily, type Sample } from "./metric-family.ts";

/** Metrics of the calls of one worker to its broker and its result store. */
export interface CallMetrics {
  readonly observe: CallObserver;
  /** Counts the outages among a worker's events. */
  observeEvent(event: LifecycleEvent): void;
  families(): readonly MetricFamily[];
}

/** Label of a queue or a task that the app does not define. */
export const OTHER = "(unknown)";

/** Creates counters at zero for the app of a definition. */
export function createCallMetrics(definition: AppDefinition): CallMetrics {
  const queueOf = queueNames(definition);
  const tasks = new Set(definition.tasks.tasks.map(({ name }) => name));
  const seconds = new Histogram(CALL_METRICS.seconds);
  const errors = new Counter(CALL_METRICS.errors);
  const messages = new Counter(CALL_METRICS.messages);
  const messageBytes = new Histogram(CALL_METRICS.messageBytes);
  const resultBytes = new Histogram(CALL_METRICS.resultBytes);
  const outages = new Counter(CALL_METRICS.outages);
  return {
    observe({ operation, queue: fullName, task = "", durationMs, count, failed, bytes, error }) {
      if (operation === "keep_result") {
        for (const size of bytes) resultBytes.add([tasks.has(task) ? task : OTHER], size);
        return;
      }
      const queue = queueOf(fullName);
      seconds.add([operation, queue], durationMs / 1_000);
      if (error !== undefined) errors.add([operation, queue]);
      if (count > failed) messages.add([operation, queue, "ok"], count - failed);
      if (failed > 0) messages.add([operation, queue, "failed"], failed);
      if (operation === "receive") for (const size of bytes) messageBytes.add([queue], size);
    },
    observeEvent(event) {
      if (event.type === "broker.lost") outages.add([event.queue]);
    },
    families: () => [
      ...[seconds, errors, messages, messageBytes, resultBytes, outages].map((metric) => metric.family()),
      ...requestFamilies(definition.broker),
    ],
  };
}

/** The name without prefix of each full name, for queues that the app serves or sends to. */
function queueNames({ queues, config }: AppDefinition): (fullName: string) => string {
  const served = config.worker.queues.map(({ name }) => name);
  const reporting = config.monitor === undefined ? [] : [config.monitor];
  const names = [...queues, ...served, ...reporting];
  const byFullName = new Map(names.map((name) => [fullQueueName(config.queuePrefix, name), name]));
  return (fullName) => byFullName.get(fullName) ?? OTHER;
}

function requestFamilies(broker: Broker | undefined): readonly MetricFamily[] {
  const requests = broker?.requests?.() ?? [];
  const { kind = "" } = broker ?? {};
  const samples = (of: "sent" | "billed") =>
    requests.map((one): Sample => [prometheusLabels({ broker: kind, action: one.action }), one[of]]);
  return [family(CALL_METRICS.requests, samples("sent")), family(CALL_METRICS.billed, samples("billed"))];
}
