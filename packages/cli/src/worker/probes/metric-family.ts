/** A number of a family: what follows the family's name (`{queue="mail"}`, `_sum{task="send"}`), and the value. */
export type Sample = readonly [series: string, value: number];

/** Numbers of one meaning. It is plain data, so that it can be sent to another process. */
export interface MetricFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
  /** How the numbers of several processes are combined. Default `sum`. */
  readonly together?: "sum" | "least";
}

/** A family of a single number. */
export function single(name: string, type: "counter" | "gauge", help: string, value: number): MetricFamily {
  return { name, type, help, samples: [["", value]] };
}

/** Families in Prometheus' text format 0.0.4. */
export function metricsText(families: readonly MetricFamily[]): string {
  const lines = families.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([series, value]) => `${name}${series} ${value}`),
  ]);
  return [...lines, ""].join("\n");
}

/** The families of several processes as if they were one. */
export function mergeFamilies(processes: readonly (readonly MetricFamily[])[]): readonly MetricFamily[] {
  const merged = new Map<string, { readonly family: MetricFamily; readonly values: Map<string, number> }>();
  for (const family of processes.flat()) {
    const { values } = merged.get(family.name) ?? { values: new Map<string, number>() };
    merged.set(family.name, { family, values });
    for (const [series, value] of family.samples) {
      const before = values.get(series);
      values.set(series, before === undefined ? value : together(family, before, value));
    }
  }
  return [...merged.values()].map(({ family, values }) => ({ ...family, samples: [...values] }));
}

function together({ together = "sum" }: MetricFamily, one: number, other: number): number {
  return together === "sum" ? one + other : Math.min(one, other);
}
