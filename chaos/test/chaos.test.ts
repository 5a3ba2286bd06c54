import { hasPostgres, hasRedis } from "@jobs/test-servers";
import { expect, test } from "vitest";
import { criteriaOf, isReached } from "../src/criteria.ts";
import { type Experiment, KILLED_WORKERS, ROLLING_RESTARTS } from "../src/experiment.ts";
import { runExperiment } from "../src/run-experiment.ts";

/** At-least-once delivery allows a few double completions; only a long run shows how rare they are. */
const DOUBLES_PER_KILL = 4;

/** Our scripts, BullMQ's own, and one queue with workers of both and of BullMQ itself. */
const REDIS_BROKERS = ["redis", "redis-bullmq", "redis-mixed"];

/** Jobs, kills and restarts. The nightly run has more on each broker. */
const SIZE = { jobs: 600, kills: 8, restarts: 10 };
const SMALL_SIZE = { jobs: 300, kills: 4, restarts: 4 };
const sizeOn = (broker: string) => (/-(?:bullmq|mixed)$/.test(broker) ? SMALL_SIZE : SIZE);

const BROKERS = [
  "sqlite",
  ...((await hasPostgres({ isOwn: true })) ? ["postgres"] : []),
  ...((await hasRedis({ isOwn: true })) ? REDIS_BROKERS : []),
];

async function missedMarks(broker: string, experiment: Experiment, faults: number) {
  const outcome = await runExperiment(experiment, {
    broker,
    jobs: sizeOn(broker).jobs,
    faults,
    seed: 1,
    workers: 3,
    concurrency: 10,
    leaseMs: 2_000,
  });
  const missed = criteriaOf(outcome).filter((mark) => !isReached(mark));
  // As text, since a printed list of objects is shortened.
  const exits = outcome.badExits.map((exit) => `an exit: ${JSON.stringify(exit)}`);
  return { outcome, missed: [...missed.map(({ name, seen }) => `${name}: ${seen}`), ...exits] };
}

test.each(BROKERS)(
  "kill -9 in mid-job on %s: nothing lost, no innocent dead, nothing left over [F01 P21]",
  async (broker) => {
    const { kills, jobs } = sizeOn(broker);
    const shortRun = { ...KILLED_WORKERS, maxDoubleShare: (DOUBLES_PER_KILL * kills) / jobs };
    const { outcome, missed } = await missedMarks(broker, shortRun, kills);
    expect(missed).toEqual([]);
    expect(outcome.observations.recovery.interrupted).toBeGreaterThan(0);
  },
);

test.each(BROKERS)(
  "SIGTERM rolling restarts on %s: nothing lost, nothing double, no extra start [F02]",
  async (broker) => {
    const { restarts, jobs } = sizeOn(broker);
    const { outcome, missed } = await missedMarks(broker, ROLLING_RESTARTS, restarts);
    expect(missed).toEqual([]);
    expect(outcome.observations.enqueued).toBe(jobs);
  },
);
