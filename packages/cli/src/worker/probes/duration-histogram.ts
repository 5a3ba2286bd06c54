import { prometheusLabels } from "../../output/prometheus-labels.ts";
import type { MetricFamily, Sample } from "./metric-family.ts";

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
