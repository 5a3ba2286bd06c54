import { parser } from "@prometheus-io/lezer-promql";

/** What a query of Prometheus names. */
export interface QueryNames {
  readonly metrics: readonly string[];
  /** Labels in matchers and in `by (…)`. */
  readonly labels: readonly string[];
}

/** Reads a query by Prometheus' own grammar. @throws Error for one that it does not parse */
export function readQuery(query: string): QueryNames {
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(query).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${query}`);
      const text = query.slice(from, to);
      if (type.name === "Identifier" && node.parent?.name === "VectorSelector") metrics.push(text);
      if (type.name === "LabelName") labels.push(text);
    },
  });
  return { metrics, labels };
}
