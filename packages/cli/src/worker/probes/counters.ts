import { prometheusLabels } from "../../output/prometheus-labels.ts";
import type { Metric } from "./metric-catalog.ts";
import { type Exemplar, family, type MetricFamily, type Sample } from "./metric-family.ts";

/** A level of the tree, by the value of one label. The last one holds the numbers. */
type Level<T> = Map<string, Level<T> | T>;

/**
 * The numbers of a metric by its labels. It is asked for each job, so it builds no keys: it goes from label to label, by
 * texts whose hashes are known.
 */
class SeriesTree<T extends object> {
  readonly #metric: Metric;
  readonly #create: () => T;
  readonly #root: Level<T> = new Map();
  readonly #all: (readonly [values: readonly string[], series: T])[] = [];

  constructor(metric: Metric, create: () => T) {
    this.#metric = metric;
    this.#create = create;
  }

  /** The numbers for these values of the labels, in the metric's order. */
  find(values: readonly string[]): T {
    let level = this.#root;
    const last = this.#metric.labels.length - 1;
    for (let index = 0; index < last; index++) {
      const value = values[index] ?? "";
      level = (level.get(value) as Level<T> | undefined) ?? addLevel(level, value);
    }
    const value = values[last] ?? "";
    return (level.get(value) as T | undefined) ?? this.#add(level, value, values);
  }

  /** A family of all numbers, with the samples of each. */
  family(
    samplesOf: (series: T, labels: (more?: Readonly<Record<string, string>>) => string) => readonly Sample[],
  ) {
    const { labels: names } = this.#metric;
    const samples = this.#all.flatMap(([values, series]) => {
      const own = Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
      return samplesOf(series, (more) => prometheusLabels({ ...own, ...more }));
    });
    return family(this.#metric, samples);
  }

  #add(level: Level<T>, value: string, values: readonly string[]): T {
    const series = this.#create();
    level.set(value, series);
    this.#all.push([values, series]);
    return series;
  }
}

function addLevel<T>(above: Level<T>, value: string): Level<T> {
  const level: Level<T> = new Map();
  above.set(value, level);
  return level;
}

/** Counts of a metric with labels. */
export class Counter {
  readonly #series: SeriesTree<{ count: number }>;

  constructor(metric: Metric) {
    this.#series = new SeriesTree(metric, () => ({ count: 0 }));
  }

  /** `values`: of the labels, in the metric's order. */
  add(values: readonly string[], by = 1): void {
    this.#series.find(values).count += by;
  }

  family(): MetricFamily {
    return this.#series.family(({ count }, labels) => [[labels(), count]]);
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
  readonly #series: SeriesTree<Series>;

  constructor(metric: HistogramMetric) {
    this.#metric = metric;
    const empty = () => new Array<number>(metric.bounds.length + 1).fill(0);
    this.#series = new SeriesTree(metric, () => ({ buckets: empty(), exemplars: [], sum: 0, count: 0 }));
  }

  /** `values`: of the labels, in the metric's order. `traceId`: what the observation belongs to, if it is known. */
  add(values: readonly string[], value: number, traceId?: string): void {
    const series = this.#series.find(values);
    series.sum += value;
    series.count++;
    const { bounds } = this.#metric;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    if (traceId !== undefined) series.exemplars[bucket] = { traceId, value, at: Date.now() };
  }

  family(): MetricFamily {
    const bounds = [...this.#metric.bounds.map(boundText), "+Inf"];
    return this.#series.family(({ buckets, exemplars, sum, count }, labels) => {
      let atMost = 0;
      const counted = bounds.map((le, bucket): Sample => {
        atMost += buckets[bucket] ?? 0;
        const series = `_bucket${labels({ le })}`;
        const exemplar = exemplars[bucket];
        return exemplar === undefined ? [series, atMost] : [series, atMost, exemplar];
      });
      return [...counted, [`_sum${labels()}`, sum], [`_count${labels()}`, count]];
    });
  }
}

/** `1.0`: OpenMetrics wants it so, and both formats must name the same series. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
