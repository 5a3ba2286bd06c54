import { hasPostgres, hasRedis } from "@jobs/test-servers";
import { expect, test } from "vitest";
import { criteriaOf, isReached } from "../src/criteria.ts";
import {
  CRASHED_SERVER,
  type Experiment,
  FROZEN_WORKERS,
  KILLED_WORKERS,
  ROLLING_RESTARTS,
} from "../src/experiment.ts";
import { runExperiment } from "../src/run-experiment.ts";

/** At-least-once delivery allows a few double completions; only a long run shows how rare they are. */
const DOUBLES_PER_KILL = 4;

/** Our scripts, BullMQ's own, and one queue with workers of both and of BullMQ itself. */
const REDIS_BROKERS = ["redis", "redis-bullmq", "redis-mixed"];

/** Kills, restarts, and the jobs beside them. The nightly run has more of all on each broker. */
const KILLS = 4;
const RESTARTS = 4;
const JOBS = 300;

/** Jobs while workers are frozen or a server is away, which takes longer. */
const MANY_JOBS = 600;

const POSTGRES = (await hasPostgres({ isOwn: true })) ? ["postgres"] : [];

/** A job a message, and several. */
const SQS_BROKERS = ["sqs", "sqs-bundles"];

const BROKERS = [
  "sqlite",
  ...POSTGRES,
  ...((await hasRedis({ isOwn: true })) ? REDIS_BROKERS : []),
  ...SQS_BROKERS,
];

async function missedMarks(
  experiment: Experiment,
  size: { readonly broker: string; readonly jobs: number; readonly faults: number },
) {
  const outcome = await runExperiment(experiment, {
    ...size,
    seed: 1,
    workers: 3,
    concurrency: 10,
    leaseMs: 2_000,
  });
  // Times are checked by the nightly run, which has the machine for itself.
  const missed = criteriaOf(outcome).filter((mark) => !mark.isTime && !isReached(mark));
  // As text, since a printed list of objects is shortened.
  const exits = outcome.badExits.map((exit) => `an exit: ${JSON.stringify(exit)}`);
  return { outcome, missed: [...missed.map(({ name, seen }) => `${name}: ${seen}`), ...exits] };
}

test.each(BROKERS)(
  "kill -9 in mid-job on %s: nothing lost, no innocent dead, nothing left over [F01 P21]",
  async (broker) => {
    const { pauseMs } = ROLLING_RESTARTS;
    const shortRun = { ...KILLED_WORKERS, pauseMs, maxDoubles: () => DOUBLES_PER_KILL * KILLS };
    const { outcome, missed } = await missedMarks(shortRun, { broker, jobs: JOBS, faults: KILLS });
    expect(missed).toEqual([]);
    expect(outcome.observations.recovery.interrupted).toBeGreaterThan(0);
  },
);

test.each(BROKERS)(
  "SIGTERM rolling restarts on %s: nothing lost, nothing double, no extra start [F02]",
  async (broker) => {
    const { outcome, missed } = await missedMarks(ROLLING_RESTARTS, { broker, jobs: JOBS, faults: RESTARTS });
    expect(missed).toEqual([]);
    expect(outcome.observations.enqueued).toBe(JOBS);
  },
);

test.each(POSTGRES)(
  "a worker on %s is frozen past its leases: nothing lost, and no row of a transaction is double [F06]",
  async (broker) => {
    const frozen = { ...FROZEN_WORKERS, frozenLeases: 1.5 };
    const { outcome, missed } = await missedMarks(frozen, { broker, jobs: MANY_JOBS, faults: 1 });
    expect(missed).toEqual([]);
    expect(outcome.observations.recovery.interrupted).toBeGreaterThan(0);
  },
);

test.each(POSTGRES)(
  "the server of %s crashes under load: nothing lost, no innocent dead, no row of a transaction double [F20]",
  async (broker) => {
    const { outcome, missed } = await missedMarks(CRASHED_SERVER, { broker, jobs: MANY_JOBS, faults: 2 });
    expect(missed).toEqual([]);
    const { enqueued, effects } = outcome.observations;
    expect(enqueued).toBeGreaterThan(0);
    expect(effects?.rows).toBeGreaterThan(0);
  },
);

test.each(SQS_BROKERS)(
  "%s cannot be reached under load, again and again: nothing lost, no innocent dead [F20]",
  async (broker) => {
    const { outcome, missed } = await missedMarks(CRASHED_SERVER, { broker, jobs: MANY_JOBS, faults: 2 });
    expect(missed).toEqual([]);
    expect(outcome.observations.enqueued).toBeGreaterThan(0);
  },
);
