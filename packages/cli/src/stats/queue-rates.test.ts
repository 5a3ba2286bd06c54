import { leftOf, type QueueStats } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import type { QueueReport } from "./stats-report.ts";
import { type Sample, withRates } from "./stats-report.ts";

const exact = (n: number) => ({ n, exact: true });
const unknown = { n: null, exact: false };

const stats: QueueStats = {
  ready: exact(4),
  delayed: exact(3),
  leased: exact(2),
  dead: exact(1),
  entered: exact(50),
  oldestReadyMs: null,
  isPaused: false,
};

function sample(answeredAt: number, totals: Pick<QueueReport, "entered" | "left">, name = "mail"): Sample {
  const queue = { ...stats, ...totals, name, inPerSecond: null, outPerSecond: null };
  return { answeredAt, report: { schema: "jobs.stats/1", broker: "memory", queues: [queue] } };
}

const ratesOf = (later: Sample, earlier: Sample) => {
  const [queue] = withRates(later, earlier).queues;
  return [queue?.inPerSecond, queue?.outPerSecond];
};

describe("rates", () => {
  it("what came in and is not there any more has left, dead letters too", () => {
    expect(leftOf(stats)).toEqual(exact(41));
    expect(leftOf({ ...stats, ready: { n: 4, exact: false } })).toEqual({ n: 41, exact: false });
    expect(leftOf({ ...stats, entered: unknown })).toEqual(unknown);
  });

  it("are by second of the time between the looks", () => {
    const earlier = sample(1_000, { entered: exact(10), left: exact(5) });
    const later = sample(4_000, { entered: exact(25), left: exact(6) });
    expect(ratesOf(later, earlier)).toEqual([5, 0.33]);
  });

  it("are unknown where a total is, and for a queue that was not there before", () => {
    const known = { entered: exact(10), left: exact(5) };
    const none = sample(1_000, { entered: unknown, left: unknown });
    expect(ratesOf(sample(2_000, { entered: unknown, left: unknown }), none)).toEqual([null, null]);
    expect(ratesOf(sample(2_000, known), none)).toEqual([null, null]);
    expect(ratesOf(sample(2_000, known, "new"), sample(1_000, known))).toEqual([null, null]);
  });

  it("are never below zero, also when a queue was deleted between the looks", () => {
    const earlier = sample(1_000, { entered: exact(10), left: exact(5) });
    expect(ratesOf(sample(2_000, { entered: exact(0), left: exact(0) }), earlier)).toEqual([0, 0]);
  });
});
