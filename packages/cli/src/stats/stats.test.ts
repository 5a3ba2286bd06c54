import { describe, expect, it } from "vitest";
import { metricsText } from "../worker/probes/metric-family.ts";
import { queueFamilies } from "../worker/probes/queue-metrics.ts";
import { passedLimits } from "./limits.ts";
import type { QueueReport, StatsReport } from "./stats-report.ts";
import { statsLines } from "./stats-table.ts";

const exact = (n: number | null) => ({ n, exact: true });
const mail: QueueReport = {
  name: 'ma"il',
  ready: exact(41),
  leased: exact(10),
  delayed: { n: 3, exact: false },
  dead: { n: null, exact: false },
  entered: exact(100),
  left: exact(46),
  inPerSecond: 5.125,
  outPerSecond: null,
  oldestReadyMs: 12_000,
  isPaused: true,
};
const report: StatsReport = { schema: "jobs.stats/1", broker: "sqs", queues: [mail] };

describe("stats", () => {
  it("tells which limits are passed, and none by a number nobody knows", () => {
    const limits = [
      { what: "ready", max: 41 },
      { what: "active", max: 9 },
      { what: "dead", max: 0 },
      { what: "oldest", max: 11_999 },
    ] as const;
    expect(passedLimits(report, limits).map(({ what, found }) => [what, found])).toEqual([
      ["active", 10],
      ["oldest", 12_000],
    ]);
  });

  it("marks what is not exact in the table", () => {
    expect(statsLines(report)).toEqual([
      "QUEUE  READY  ACTIVE  DELAYED  DEAD  OLDEST  IN/S  OUT/S",
      'ma"il     41      10       ~3     ?  12s      5.1      -  paused',
      "(sqs: counts are approximate)",
    ]);
  });

  it("is Prometheus text without unknown numbers", () => {
    const text = metricsText(queueFamilies(report));
    expect(text).toContain('jobs_queue_jobs{broker="sqs",queue="ma\\"il",state="ready"} 41\n');
    expect(text).toContain('jobs_queue_oldest_ready_seconds{broker="sqs",queue="ma\\"il"} 12\n');
    expect(text).toContain('jobs_queue_paused{broker="sqs",queue="ma\\"il"} 1\n');
    expect(text).not.toContain('state="dead"');
    expect(text).toContain(
      '# TYPE jobs_queue_entered_total counter\njobs_queue_entered_total{broker="sqs",queue="ma\\"il"} 100\n',
    );
    expect(text).toContain('jobs_queue_left_total{broker="sqs",queue="ma\\"il"} 46\n');
  });
});
