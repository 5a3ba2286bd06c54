import type { LifecycleEvent, Worker } from "@jobs/core";
import { describe, expect, it } from "vitest";
import { parseListenAddress } from "../../base/listen-flag.ts";
import { healthPages } from "./health-pages.ts";
import { metricsText } from "./metric-family.ts";
import { createWorkerMetrics, DurationHistogram } from "./worker-metrics.ts";

const IDLE: Worker = {
  identity: "host:1:a",
  state: "running",
  isReady: true,
  delayed: 0,
  running: 0,
  settled: 0,
  run: () => new Promise(() => {}),
  stop: () => new Promise(() => {}),
  force: () => new Promise(() => {}),
};

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
  ] as const)("of %j is live %i, ready %i", (now, live, ready) => {
    const pages = healthPages({ ...IDLE, ...now });
    expect([pages["/live"]?.().status, pages["/ready"]?.().status]).toEqual([live, ready]);
  });
});

describe("metrics [C27]", () => {
  const metricsOf = (...events: readonly LifecycleEvent[]) => {
    const metrics = createWorkerMetrics({
      worker: IDLE,
      concurrency: 5,
      tasks: ["mail"],
      info: { worker: "w" },
    });
    for (const event of events) metrics.observe(event);
    return metricsText(metrics.families()).split("\n");
  };
  const job = { id: "1", task: "mail", queue: "q", attempt: 1 };

  it("puts a run into every bucket it fits, and the rest only into the last", () => {
    const histogram = new DurationHistogram("d");
    for (const seconds of [0.02, 0.02, 2, 5_000]) histogram.add("mail", seconds);
    const lines = metricsText([histogram.family()]).split("\n");
    expect(lines).toContain('d_bucket{task="mail",le="0.01"} 0');
    expect(lines).toContain('d_bucket{task="mail",le="0.025"} 2');
    expect(lines).toContain('d_bucket{task="mail",le="900"} 3');
    expect(lines).toContain('d_bucket{task="mail",le="+Inf"} 4');
    expect(lines).toContain('d_count{task="mail"} 4');
  });

  it("counts names that no task has together: messages do not choose labels", () => {
    const held = { type: "job.held", at: 0, delayMs: 1, reason: "unknown_task" } as const;
    const lines = metricsOf(
      { ...held, job: { ...job, task: "x1" } },
      { ...held, job: { ...job, task: "x2" } },
      { type: "broker.lost", at: 0, queue: 'q"\n', error: { name: "E", message: "", attempt: 1 } },
    );
    expect(lines).toContain('jobs_job_events_total{event="held",task="(unknown)",queue="q"} 2');
    expect(lines).toContain('jobs_broker_outages_total{queue="q\\"\\n"} 1');
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
