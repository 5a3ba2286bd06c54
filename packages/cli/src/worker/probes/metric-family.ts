import type { Metric } from "./metric-catalog.ts";

/** A measured value with the trace that it belongs to. */
export interface Exemplar {
  readonly traceId: string;
  readonly value: number;
  /** ms since 1970. */
  readonly at: number;
}

/** A number of a family: what follows the family's name (`{queue="mail"}`, `_sum{task="send"}`), and the value. */
export type Sample = readonly [series: string, value: number, exemplar?: Exemplar];

/** Numbers of one meaning. It is plain data, so that it can be sent to another process. */
export interface MetricFamily extends Pick<Metric, "name" | "type" | "help" | "together"> {
  readonly samples: readonly Sample[];
}

/** A metric with its numbers. */
export function family(
  { name, type, help, together = "sum" }: Metric,
  samples: readonly Sample[],
): MetricFamily {
  return { name, type, help, samples, together };
}

/** A metric without labels. */
export function single(metric: Metric, value: number): MetricFamily {
  return family(metric, [["", value]]);
}

/** `prometheus`: text format 0.0.4, without exemplars. `openmetrics`: text format 1.0.0. */
export type MetricsFormat = "prometheus" | "openmetrics";

/** Families as text. */
export function metricsText(families: readonly MetricFamily[], format: MetricsFormat = "prometheus"): string {
  const isOpen = format === "openmetrics";
  const lines = families.flatMap(({ name, type, help, samples }) => {
    const title = isOpen && type === "counter" ? name.replace(/_total$/, "") : name;
    return [
      `# HELP ${title} ${help}`,
      `# TYPE ${title} ${type}`,
      ...samples.map(([series, value, exemplar]) =>
        isOpen && exemplar !== undefined
          ? `${name}${series} ${value} ${exemplarText(exemplar)}`
          : `${name}${series} ${value}`,
      ),
    ];
  });
  return [...lines, ...(isOpen ? ["# EOF"] : []), ""].join("\n");
}

function exemplarText({ traceId, value, at }: Exemplar): string {
  return `# {trace_id="${traceId}"} ${value} ${at / 1_000}`;
}

/** The families of several processes as if they were one. */
export function mergeFamilies(processes: readonly (readonly MetricFamily[])[]): readonly MetricFamily[] {
  const merged = new Map<string, { readonly family: MetricFamily; readonly samples: Map<string, Sample> }>();
  for (const one of processes.flat()) {
    const { samples } = merged.get(one.name) ?? { samples: new Map<string, Sample>() };
    merged.set(one.name, { family: one, samples });
    for (const sample of one.samples) {
      const before = samples.get(sample[0]);
      samples.set(sample[0], before === undefined ? sample : mergeSamples(one, before, sample));
    }
  }
  return [...merged.values()].map(({ family: one, samples }) => ({ ...one, samples: [...samples.values()] }));
}

function mergeSamples(
  { together = "sum" }: MetricFamily,
  [series, one, first]: Sample,
  [, other, second]: Sample,
): Sample {
  const value = { sum: one + other, least: Math.min(one, other), most: Math.max(one, other) }[together];
  const exemplar = first === undefined || (second !== undefined && second.at > first.at) ? second : first;
  return exemplar === undefined ? [series, value] : [series, value, exemplar];
}
