import { execFileSync } from "node:child_process";
import { findPrometheus, hasPrometheus, startPrometheus } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { scrape, startExporters, TRACE_ID } from "./exporters.ts";
import { alertQueries, dashboardQueries, MONITORING } from "./monitoring-files.ts";

async function promtool(args: readonly string[], input = ""): Promise<string> {
  const programs = await findPrometheus();
  return execFileSync(programs?.promtool ?? "", args, {
    cwd: MONITORING,
    input,
    encoding: "utf8",
    stdio: "pipe",
  });
}

interface Answer {
  readonly status: string;
  readonly data: { readonly result?: readonly unknown[]; readonly groups?: readonly unknown[] };
}

describe.runIf(await hasPrometheus())("Prometheus", () => {
  it("accepts the alert rules and the configuration, and the rules fire as their test says", async () => {
    expect(await promtool(["check", "rules", "alert-rules.yaml"])).toContain("SUCCESS");
    expect(await promtool(["check", "config", "prometheus.yaml"])).toContain("SUCCESS");
    expect(await promtool(["test", "rules", "alert-rules.test.yaml"])).toContain("SUCCESS");
  });

  it("finds nothing to correct in the names and types of the metrics", async () => {
    const { workers, queues } = await startExporters();
    for (const url of [workers, queues]) await promtool(["check", "metrics"], (await scrape(url)).text);
  });

  it("reads the pages, answers each query of the dashboard and the alerts, and keeps traces", async () => {
    const { workers, queues } = await startExporters();
    const targets = [workers, queues].map((url) => new URL(url).host);
    await using server = await startPrometheus({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [`${MONITORING}alert-rules.yaml`],
      scrape_configs: [{ job_name: "jobs", static_configs: [{ targets }] }],
    });
    const ask = async (path: string, params: Readonly<Record<string, string>> = {}) => {
      const answer = await fetch(`${server.url}/api/v1/${path}?${new URLSearchParams(params)}`);
      return (await answer.json()) as Answer;
    };
    const found = async (query: string) => (await ask("query", { query })).data.result?.length;
    await expect.poll(() => found("jobs_run_duration_seconds_count"), { timeout: 30_000 }).toBe(2);
    await expect.poll(() => found('count(jobs_queue_jobs{state="dead"} == 1)'), { timeout: 30_000 }).toBe(1);
    for (const [source, query] of [...dashboardQueries(), ...alertQueries()])
      expect(await ask("query", { query }), `${source}: ${query}`).toMatchObject({ status: "success" });
    const end = String(Date.now() / 1_000 + 60);
    const exemplars = await ask("query_exemplars", {
      query: "jobs_run_duration_seconds_bucket",
      start: "0",
      end,
    });
    expect(JSON.stringify(exemplars.data)).toContain(TRACE_ID);
    const rules = await ask("rules");
    expect(JSON.stringify(rules.data.groups)).not.toContain('"health":"err"');
  });
});
