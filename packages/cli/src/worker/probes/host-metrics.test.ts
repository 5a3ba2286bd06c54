import { expect, it } from "vitest";
import { createHostMetrics } from "./host-metrics.ts";
import type { MetricFamily, Sample } from "./metric-family.ts";

function families(startedAt: number, running: number, events: readonly Sample[]): readonly MetricFamily[] {
  return [
    { name: "events_total", type: "counter", help: "Events.", samples: events },
    { name: "running", type: "gauge", help: "Running.", samples: [["", running]] },
    { name: "start", type: "gauge", help: "Start.", samples: [["", startedAt]], together: "least" },
  ];
}

const measured = (pid: number, told: readonly MetricFamily[]) =>
  ({ type: "process.measured", number: pid, pid, measured: told }) as const;
const ended = (pid: number) => ({ type: "process.ended", number: pid, pid, code: 0, signal: null }) as const;

it("adds up what its processes tell last, series by series [C27]", () => {
  const metrics = createHostMetrics();
  metrics.observe(measured(1, families(50, 9, [['{queue="a"}', 1]])));
  metrics.observe(measured(1, families(50, 2, [['{queue="a"}', 3]])));
  metrics.observe(
    measured(
      2,
      families(40, 1, [
        ['{queue="a"}', 4],
        ['{queue="b"}', 5],
      ]),
    ),
  );
  const lines = metrics.text().split("\n");
  for (const line of ['events_total{queue="a"} 7', 'events_total{queue="b"} 5', "running 3", "start 40"])
    expect(lines).toContain(line);
  expect(lines).toContain("jobs_host_processes 2");
});

it("counts of a process that has ended stay, what it was doing does not [C27]", () => {
  const metrics = createHostMetrics();
  metrics.observe(measured(1, families(50, 2, [['{queue="a"}', 3]])));
  metrics.observe(ended(1));
  metrics.observe(ended(1));
  metrics.observe(measured(2, families(60, 1, [['{queue="a"}', 1]])));
  metrics.observe(ended(3));
  const lines = metrics.text().split("\n");
  for (const line of ['events_total{queue="a"} 4', "running 1", "start 60", "jobs_host_processes 1"])
    expect(lines).toContain(line);
});

it("counts crashes and replacements by itself", () => {
  const metrics = createHostMetrics();
  const crash = { code: 1, signal: null, restartInMs: 200 } as const;
  metrics.observe({ type: "process.crashed", number: 1, pid: 1, ...crash });
  metrics.observe({ type: "process.recycled", number: 1, pid: 2, reason: "max_jobs" });
  const lines = metrics.text().split("\n");
  expect(lines).toContain("jobs_host_restarts_total 1");
  expect(lines).toContain("jobs_host_recycled_total 1");
});
