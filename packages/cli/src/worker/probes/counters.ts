import { prometheusLabels } from "../../output/prometheus-labels.ts";
import type { Metric } from "./metric-catalog.ts";
import { type Exemplar, family, type MetricFamily, type Sample } from "./metric-family.ts";

/** Between the values of labels in a key. No name has it. */
const SEPARATOR = "\u0000";

/** Counts of a metric with labels. */
export class Counter {
  readonly #metric: Metric;
  readonly #counts = new Map<string, number>();

  constructor(metric: Metric) {
    this.#metric = metric;
  }

  /** `values`: of the labels, in the metric's order. */
  add(values: readonly string[], by = 1): void {
    const key = values.join(SEPARATOR);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  family(): MetricFamily {
    const samples = [...this.#counts].map(([key, count]): Sample => [labelsOf(this.#metric, key), count]);
    return family(this.#metric, samples);
  }
}

/** A metric with its bounds. */
export type HistogramMetric = Metric & { readonly bounds: readonly number[] };

interface Series {
  /** Observations by bucket, those of lower ones not included; the last is without a bound. */
  readonly buckets: number[];
  /** The latest of each bucket. */
  readonly exemplars: (Exemplar | undefined)[];
  sum: number;
  count: number;
}

/** Observations of a metric, by labels and bucket. */
export class Histogram {
  readonly #metric: HistogramMetric;
  readonly #series = new Map<string, Series>();

  constructor(metric: HistogramMetric) {
    this.#metric = metric;
  }

  /** `values`: of the labels, in the metric's order. `traceId`: what the observation belongs to, if it is known. */
  add(values: readonly string[], value: number, traceId?: string): void {
    const series = this.#seriesOf(values.join(SEPARATOR));
    series.sum += value;
    series.count++;
    const { bounds } = this.#metric;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    if (traceId !== undefined) series.exemplars[bucket] = { traceId, value, at: Date.now() };
  }

  family(): MetricFamily {
    const samples = [...this.#series].flatMap(([key, series]) => this.#samples(key, series));
    return family(this.#metric, samples);
  }

  #seriesOf(key: string): Series {
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    const series = { buckets: [], exemplars: [], sum: 0, count: 0 };
    this.#series.set(key, series);
    return series;
  }

  #samples(key: string, { buckets, exemplars, sum, count }: Series): readonly Sample[] {
    let atMost = 0;
    const bounds = [...this.#metric.bounds.map(boundText), "+Inf"];
    const counted = bounds.map((le, bucket): Sample => {
      atMost += buckets[bucket] ?? 0;
      const series = `_bucket${labelsOf(this.#metric, key, { le })}`;
      const exemplar = exemplars[bucket];
      return exemplar === undefined ? [series, atMost] : [series, atMost, exemplar];
    });
    const labels = labelsOf(this.#metric, key);
    return [...counted, [`_sum${labels}`, sum], [`_count${labels}`, count]];
  }
}

/** `1.0`: OpenMetrics wants it so, and both formats must name the same series. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function labelsOf({ labels }: Metric, key: string, more: Readonly<Record<string, string>> = {}): string {
  const values = key.split(SEPARATOR);
  const own = Object.fromEntries(labels.map((name, index) => [name, values[index] ?? ""]));
  return prometheusLabels({ ...own, ...more });
}
