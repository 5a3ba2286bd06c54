import type { Attributes, Histogram, Meter, Observable, ObservableResult } from "@opentelemetry/api";

/** Bounds that the conventions name for durations, in s. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * Counts by attributes, read when metrics are collected. A counter of the API does the same, but looks its attributes up
 * at each step; a worker counts several times for each job.
 */
export class ObservedCounter {
  readonly #counts = new Map<Attributes, { count: number }>();

  constructor(instrument: Observable) {
    instrument.addCallback((result) => this.#observe(result));
  }

  /** `attributes` as `attributesOf` makes them. */
  add(attributes: Attributes, count = 1): void {
    const counted = this.#counts.get(attributes);
    if (counted === undefined) this.#counts.set(attributes, { count });
    else counted.count += count;
  }

  #observe(result: ObservableResult): void {
    for (const [attributes, { count }] of this.#counts) result.observe(count, attributes);
  }
}

/** The instruments of all apps of a meter. */
export interface JobMetrics {
  readonly sent: ObservedCounter;
  readonly consumed: ObservedCounter;
  /** In s. */
  readonly operationDuration: Histogram;
  /** In s. */
  readonly processDuration: Histogram;
  readonly active: ObservedCounter;
  readonly retries: ObservedCounter;
  readonly deadLetters: ObservedCounter;
  readonly holds: ObservedCounter;
  readonly leasesLost: ObservedCounter;
  readonly acksLost: ObservedCounter;
}

const created = new WeakMap<Meter, JobMetrics>();

/** The instruments of a meter, made once: two apps that count the same must not replace each other's counts. */
export function metricsOf(meter: Meter): JobMetrics {
  let metrics = created.get(meter);
  if (metrics === undefined) {
    metrics = createMetrics(meter);
    created.set(meter, metrics);
  }
  return metrics;
}

function createMetrics(meter: Meter): JobMetrics {
  const counter = (name: string, unit: string, description: string) =>
    new ObservedCounter(meter.createObservableCounter(name, { unit, description }));
  const duration = (name: string, description: string) =>
    meter.createHistogram(name, {
      unit: "s",
      description,
      advice: { explicitBucketBoundaries: [...DURATION_BOUNDS] },
    });
  const activeRuns = { unit: "{run}", description: "Runs between their start and their settlement." };
  return {
    sent: counter("messaging.client.sent.messages", "{message}", "Jobs given to the broker."),
    consumed: counter("messaging.client.consumed.messages", "{message}", "Jobs given to a handler."),
    operationDuration: duration("messaging.client.operation.duration", "Duration of a send or a settlement."),
    processDuration: duration("messaging.process.duration", "Duration of a handler."),
    active: new ObservedCounter(meter.createObservableUpDownCounter("jobs.runs.active", activeRuns)),
    retries: counter("jobs.retries", "{retry}", "Failed runs after which the job runs again."),
    deadLetters: counter("jobs.dead_letters", "{job}", "Jobs that became dead letters."),
    holds: counter("jobs.holds", "{hold}", "Jobs given back, since this worker cannot run them yet."),
    leasesLost: counter("jobs.leases.lost", "{lease}", "Leases that ended before their run was settled."),
    acksLost: counter("jobs.acks.lost", "{ack}", "Finished jobs whose ack failed: they may run once more."),
  };
}
