import { describe, expect, it } from "vitest";
import {
  CALL_METRICS,
  HOST_METRICS,
  JOB_METRICS,
  type Metric,
  PROCESS_METRICS,
  QUEUE_METRICS,
} from "../../src/worker/probes/metric-catalog.ts";
import { familyNames, scrape, startExporters, TRACE_ID } from "./exporters.ts";
import { alertQueries, dashboard, dashboardQueries, triggersOf } from "./monitoring-files.ts";
import { readQuery } from "./promql.ts";

const METRICS: readonly Metric[] = [
  JOB_METRICS,
  CALL_METRICS,
  QUEUE_METRICS,
  PROCESS_METRICS,
  HOST_METRICS,
].flatMap((part) => Object.values(part));

/** Labels that Prometheus adds. */
const BY_PROMETHEUS = ["instance", "job"];

const DONE = 'jobs_job_events_total{event="succeeded",task="my_task",queue="default"} 1';
const OPENMETRICS =
  "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

function metricOf(name: string): Metric | undefined {
  const exact = METRICS.find((metric) => metric.name === name);
  if (exact !== undefined) return exact.type === "histogram" ? undefined : exact;
  const family = name.replace(/_(bucket|sum|count)$/, "");
  return METRICS.find((metric) => metric.name === family && metric.type === "histogram");
}

function labelsOf(name: string): readonly string[] {
  const { labels = [], type } = metricOf(name) ?? {};
  return [...labels, ...BY_PROMETHEUS, ...(type === "histogram" ? ["le"] : [])];
}

const keda = triggersOf("keda-prometheus.yaml").map(
  ({ metadata: { query = "" } }) => ["the trigger of KEDA", query] as const,
);

describe("the files of examples/monitoring [C27]", () => {
  it.each([...dashboardQueries(), ...alertQueries(), ...keda])(
    "%s asks for metrics and labels that there are",
    (_, query) => {
      const { metrics, labels } = readQuery(query);
      expect(metrics.filter((name) => metricOf(name) === undefined)).toEqual([]);
      const known = metrics.flatMap(labelsOf);
      expect(labels.filter((label) => !known.includes(label))).toEqual([]);
    },
  );

  it("the dashboard shows every metric, and its variables ask for labels that there are", () => {
    const shown = dashboardQueries().flatMap(([, query]) => readQuery(query).metrics);
    const families = new Set(shown.map((name) => metricOf(name)?.name));
    expect(METRICS.map(({ name }) => name).filter((name) => !families.has(name))).toEqual([]);
    const asked = dashboard.templating.list.flatMap(({ query }) => {
      const [, metric, label] =
        /^label_values\((\w+), (\w+)\)$/.exec((query as { query?: string }).query ?? "") ?? [];
      return metric === undefined ? [] : [[metric, label ?? ""] as const];
    });
    expect(asked.map(([, label]) => label)).toEqual(["queue", "task"]);
    for (const [metric, label] of asked) expect(labelsOf(metric)).toContain(label);
  });

  it("a worker and the exporter of queues show exactly the metrics of the catalog, with its labels", async () => {
    const { workers, queues } = await startExporters();
    await expect.poll(async () => (await scrape(workers)).text, { timeout: 30_000 }).toContain(DONE);
    const { text, type } = await scrape(workers);
    expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect([...familyNames(text)].sort()).toEqual(METRICS.map(({ name }) => name).sort());
    for (const [, name = "", labels = ""] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
      const written = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label);
      expect(labelsOf(name)).toEqual(expect.arrayContaining(written));
    }
    const counted = await scrape(queues);
    expect(familyNames(counted.text)).toEqual(Object.values(QUEUE_METRICS).map(({ name }) => name));
    expect(counted.text).toContain('jobs_queue_jobs{broker="sqlite",queue="default",state="dead"} 1\n');
  });

  it("asked for OpenMetrics, a run has its trace as exemplar", async () => {
    const { workers } = await startExporters();
    const exemplar = new RegExp(
      `^jobs_run_duration_seconds_bucket\\{task="my_task",le="[^"]+"\\} 1 # \\{trace_id="${TRACE_ID}"\\} \\S+ \\d+`,
      "m",
    );
    const read = async () => scrape(workers, OPENMETRICS);
    await expect.poll(async () => (await read()).text, { timeout: 30_000 }).toMatch(exemplar);
    const { text, type } = await read();
    expect(type).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(text).toContain("# TYPE jobs_job_events counter\n");
    expect(text).toContain(DONE);
    expect(text.endsWith("\n# EOF\n")).toBe(true);
    expect((await scrape(workers)).text).not.toContain(TRACE_ID);
  });
});
