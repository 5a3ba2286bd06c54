import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, type LifecycleEvent, type Worker } from "@jobs/core";
import type { MeasuredCall } from "@jobs/core/runtime";
import { describe, expect, it } from "vitest";
import { parseListenAddress } from "../../base/listen-flag.ts";
import { createCallMetrics } from "./call-metrics.ts";
import { Histogram } from "./counters.ts";
import { healthPages } from "./health-pages.ts";
import { JOB_METRICS } from "./metric-catalog.ts";
import { mergeFamilies, metricsText } from "./metric-family.ts";
import { acceptedFormat } from "./metrics-page.ts";
import type { Pages } from "./serve-pages.ts";
import { createWorkerMetrics } from "./worker-metrics.ts";

const IDLE: Worker = {
  identity: "host:1:a",
  state: "running",
  isReady: true,
  delayed: 0,
  stuck: 0,
  running: 0,
  settled: 0,
  run: () => new Promise(() => {}),
  stop: () => new Promise(() => {}),
  force: () => new Promise(() => {}),
};

/** The status of a page. */
async function statusOf(pages: Pages, path: string): Promise<number | undefined> {
  return (await pages[path]?.({ accept: undefined }))?.status;
}

describe("listen addresses", () => {
  it.each([
    ["8080", { host: "127.0.0.1", port: 8080 }],
    ["0.0.0.0:8080", { host: "0.0.0.0", port: 8080 }],
    ["[::]:8080", { host: "::", port: 8080 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["localhost:9090", { host: "localhost", port: 9090 }],
    ["[::1]:9090", { host: "::1", port: 9090 }],
    ["65536", undefined],
    ["http://x:1", undefined],
    ["", undefined],
    ["host:", undefined],
  ])("reads %j as %j", (written, address) => {
    expect(parseListenAddress(written)).toEqual(address);
  });
});

describe("health", () => {
  it.each([
    [{ state: "starting", isReady: false }, 200, 503],
    [{ state: "running", isReady: true }, 200, 200],
    [{ state: "running", isReady: false }, 200, 503],
    [{ state: "draining", isReady: false }, 200, 503],
    [{ state: "stopped", isReady: false }, 503, 503],
  ] as const)("of %j is live %i, ready %i", async (now, live, ready) => {
    const pages = healthPages({ ...IDLE, ...now });
    expect([await statusOf(pages, "/live"), await statusOf(pages, "/ready")]).toEqual([live, ready]);
  });
});

describe("metrics [C27]", () => {
  const metricsOf = (...events: readonly LifecycleEvent[]) => {
    const metrics = createWorkerMetrics({
      worker: { ...IDLE, stuck: 2 },
      concurrency: 5,
      tasks: ["mail"],
      info: { worker: "w" },
    });
    for (const event of events) metrics.observe(event);
    metrics.observe({ type: "worker.stopped", at: 0, worker: "w", cause: "stop" });
    return metricsText(metrics.families()).split("\n");
  };
  const job = { id: "1", task: "mail", queue: "q", attempt: 1 };
  const error = { name: "E", message: "", attempt: 1 };

  it("puts a run into every bucket it fits, and the rest only into the last", () => {
    const histogram = new Histogram(JOB_METRICS.runSeconds);
    for (const seconds of [0.02, 0.02, 2, 5_000]) histogram.add(["mail"], seconds);
    const lines = metricsText([histogram.family()]).split("\n");
    const name = JOB_METRICS.runSeconds.name;
    expect(lines).toContain(`${name}_bucket{task="mail",le="0.01"} 0`);
    expect(lines).toContain(`${name}_bucket{task="mail",le="0.025"} 2`);
    expect(lines).toContain(`${name}_bucket{task="mail",le="900.0"} 3`);
    expect(lines).toContain(`${name}_bucket{task="mail",le="+Inf"} 4`);
    expect(lines).toContain(`${name}_count{task="mail"} 4`);
  });

  it("counts names that no task has together: messages do not choose labels", () => {
    const held = { type: "job.held", at: 0, delayMs: 1, reason: "unknown_task" } as const;
    const lines = metricsOf(
      { ...held, job: { ...job, task: "x1" } },
      { ...held, job: { ...job, task: "x2" } },
    );
    expect(lines).toContain('jobs_job_events_total{event="held",task="(unknown)",queue="q"} 2');
    expect(lines).toContain('jobs_held_total{reason="unknown_task",task="(unknown)",queue="q"} 2');
  });

  it("counts what went wrong: steps, uncaught errors, stuck slots", () => {
    const lines = metricsOf(
      { type: "job.step_delayed", at: 0, job, step: "result", error },
      { type: "worker.uncaught", at: 0, worker: "w", error, isOfJob: true },
      { type: "worker.uncaught", at: 0, worker: "w", error, isOfJob: false },
    );
    expect(lines).toContain('jobs_completion_step_delays_total{step="result",task="mail",queue="q"} 1');
    expect(lines).toContain('jobs_uncaught_errors_total{origin="job"} 1');
    expect(lines).toContain('jobs_uncaught_errors_total{origin="process"} 1');
    expect(lines).toContain("jobs_worker_stuck_slots 2");
  });

  it("each family is explained once and has a type", () => {
    const lines = metricsOf({ type: "job.succeeded", at: 0, job, durationMs: 30 });
    const names = lines.filter((line) => line.startsWith("# TYPE")).map((line) => line.split(" ")[2]);
    expect(new Set(names).size).toBe(names.length);
    const sampled = lines
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => /^\w+/.exec(line)?.[0]);
    for (const name of sampled) expect(names).toContain(name?.replace(/_(bucket|sum|count)$/, ""));
  });
});

describe("metrics of calls [C27]", () => {
  const app = createApp({ tasks: [defineTask("mail", {})], broker: memory(), queuePrefix: "p-" });
  const called = { durationMs: 3, count: 2, failed: 0, bytes: [] } as const;

  function linesOf(observed: readonly MeasuredCall[]): readonly string[] {
    const metrics = createCallMetrics(app.definition);
    for (const call of observed) metrics.observe(call);
    metrics.observeEvent({
      type: "broker.lost",
      at: 0,
      queue: 'q"\n',
      error: { name: "E", message: "", attempt: 1 },
    });
    return metricsText(metrics.families()).split("\n");
  }

  it("counts polls, their time, errors and messages by queue without its prefix", () => {
    const lines = linesOf([
      { ...called, operation: "receive", queue: "p-default", bytes: [100, 100_000] },
      { ...called, operation: "receive", queue: "p-default", count: 0, error: new Error("away") },
      { ...called, operation: "settle", queue: "p-default", failed: 1 },
      { ...called, operation: "send", queue: "p-of-a-message" },
    ]);
    const of = 'operation="receive",queue="default"';
    for (const line of [
      `jobs_broker_call_duration_seconds_count{${of}} 2`,
      `jobs_broker_call_duration_seconds_bucket{${of},le="0.0025"} 0`,
      `jobs_broker_call_duration_seconds_bucket{${of},le="0.005"} 2`,
      `jobs_broker_call_errors_total{${of}} 1`,
      `jobs_broker_messages_total{${of},outcome="ok"} 2`,
      'jobs_broker_messages_total{operation="settle",queue="default",outcome="failed"} 1',
      'jobs_broker_call_duration_seconds_count{operation="send",queue="(unknown)"} 1',
      'jobs_message_size_bytes_bucket{queue="default",le="256.0"} 1',
      'jobs_message_size_bytes_sum{queue="default"} 100100',
      'jobs_broker_outages_total{queue="q\\"\\n"} 1',
    ])
      expect(lines).toContain(line);
  });

  it("measures results by task, and no call of the result store as one of the broker", () => {
    const result = { ...called, operation: "keep_result", queue: "default", count: 1 } as const;
    const lines = linesOf([
      { ...result, task: "mail", bytes: [5_000] },
      { ...result, task: "of a message", bytes: [1] },
    ]);
    expect(lines).toContain('jobs_result_size_bytes_bucket{task="mail",le="4096.0"} 0');
    expect(lines).toContain('jobs_result_size_bytes_bucket{task="mail",le="16384.0"} 1');
    expect(lines).toContain('jobs_result_size_bytes_sum{task="(unknown)"} 1');
    expect(lines.join("\n")).not.toContain("keep_result");
  });
});

describe("the format of metrics", () => {
  it.each([
    [undefined, "prometheus"],
    ["*/*", "prometheus"],
    ["text/plain;version=0.0.4", "prometheus"],
    ["application/openmetrics-text", "openmetrics"],
    ["application/openmetrics-text; version=1.0.0; charset=utf-8", "openmetrics"],
    ["text/plain;q=0.5, APPLICATION/OpenMetrics-Text;version=1.0.0;q=0.75", "openmetrics"],
    ["application/openmetrics-text;version=0.0.1", "prometheus"],
    ["application/openmetrics-text;version=1.0.0;q=0", "prometheus"],
  ] as const)("for %j is %s", (accept, format) => {
    expect(acceptedFormat(accept)).toBe(format);
  });

  it("has the latest trace of each bucket, also of several processes", () => {
    const [first, second] = [new Histogram(JOB_METRICS.runSeconds), new Histogram(JOB_METRICS.runSeconds)];
    first.add(["mail"], 0.02, "a".repeat(32));
    second.add(["mail"], 0.021, "b".repeat(32));
    second.add(["mail"], 0.3);
    const text = metricsText(mergeFamilies([[first.family()], [second.family()]]), "openmetrics");
    expect(text).toMatch(
      /^jobs_run_duration_seconds_bucket\{task="mail",le="0.025"\} 2 # \{trace_id="(a{32}|b{32})"\} 0.02\d? [\d.]+$/m,
    );
    expect(text).toMatch(/^jobs_run_duration_seconds_bucket\{task="mail",le="0.5"\} 3$/m);
  });
});
