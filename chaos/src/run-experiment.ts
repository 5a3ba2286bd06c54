import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createApp } from "@jobs/core";
import { type Random, seededRandom } from "@jobs/core/testing";
import { between } from "./between.ts";
import type { BrokerTraits, Premises, Remains } from "./brokers/broker-under-test.ts";
import { loadBroker } from "./brokers/load-broker.ts";
import { chaosTask } from "./chaos-task.ts";
import type { Experiment, RunSize } from "./experiment.ts";
import { type FinalState, type Observations, observationsOf } from "./observations.ts";
import { Producer } from "./producer.ts";
import { openRunLog, type RunLogWriter, readRunLog } from "./run-log.ts";
import { runsByJob } from "./runs.ts";
import { type Exit, WorkerPool } from "./worker-pool.ts";

/** How long the queue may take to become empty after the last fault, in ms. After that, jobs count as lost. */
const DRAIN_MS = 60_000;

/** The outcome of one run of an experiment. */
export interface Outcome {
  readonly experiment: Experiment;
  readonly size: RunSize;
  /** Jobs that the producer was asked to send: more than planned in a run with more faults. */
  readonly jobs: number;
  readonly traits: BrokerTraits;
  readonly observations: Observations;
  readonly remains: Remains;
  /** Workers that ended without a request, or not with code 0. */
  readonly badExits: readonly Exit[];
  readonly seconds: number;
}

/** How long the server stays away after a crash, in ms. Its recovery comes on top. */
const AWAY_MS = [0, 1_000] as const;

/** What the processes of one run share. */
interface Scene {
  readonly premises: Premises;
  readonly runLog: string;
}

/** Runs producer, workers and supervisor until the faults are over and the queue is empty, then reads the run log. */
export async function runExperiment(experiment: Experiment, size: RunSize): Promise<Outcome> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "jobs-chaos-"));
  try {
    const broker = await loadBroker(size.broker);
    await using premises = await broker.prepare(folder);
    const { address } = premises;
    const scene = { premises, runLog: join(folder, "run-log.jsonl") };
    const { dead, badExits, jobs } = await playOut(experiment, size, scene);
    const effects = await broker.effectsOf?.(address);
    const { traits = {} } = broker;
    const observations = observationsOf(readRunLog(scene.runLog), { dead, effects, traits });
    const remains = await broker.inspect(address);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    return { experiment, size, jobs, traits, observations, remains, badExits, seconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function playOut(
  experiment: Experiment,
  size: RunSize,
  { premises, runLog }: Scene,
): Promise<Pick<FinalState, "dead"> & Pick<Outcome, "badExits" | "jobs">> {
  const random = seededRandom(size.seed);
  const book = openRunLog(runLog);
  const { address } = premises;
  const { broker, workers, concurrency, leaseMs, jobs, faults, seed } = size;
  const orders = { broker, address, runLog, concurrency, leaseMs };
  const [, shareMs] = experiment.pauseMs;
  const producer = new Producer({ broker, address, runLog, jobs, shares: faults, shareMs, seed });
  const pool = new WorkerPool({ size: workers, orders, runLog: book, random });
  let caused = 0;
  try {
    for (; caused < faults || (experiment.cutsJobsShort && !hasCutShort(runLog)); caused++) {
      producer.sendShare();
      await sleep(between(random, ...experiment.pauseMs));
      await cause(experiment, leaseMs, { pool, premises, book, random });
    }
    await producer.finish();
    const dead = await drain(size, address);
    return { dead, badExits: pool.badExits, jobs: Math.round((jobs * caused) / faults) };
  } finally {
    producer.end();
    await pool.close();
    book.close();
  }
}

/** Whether a worker had a job in hand when it was killed or frozen. A worker may be between two jobs. */
function hasCutShort(runLog: string): boolean {
  return [...runsByJob(readRunLog(runLog)).values()].flat().some(({ isCutShort }) => isCutShort);
}

/** What a fault is caused to. */
interface Stage {
  readonly pool: WorkerPool;
  readonly premises: Premises;
  readonly book: RunLogWriter;
  readonly random: Random;
}

async function cause(
  { fault, frozenLeases }: Experiment,
  leaseMs: number,
  { pool, premises, book, random }: Stage,
): Promise<void> {
  if (fault === "SIGSTOP") return pool.freeze(frozenLeases * leaseMs);
  if (fault !== "crash of the server") return pool.strike(fault);
  if (!premises.crash || !premises.start) throw new RangeError("this broker has no server that could crash.");
  await pool.untilAtWork();
  const from = Date.now();
  await premises.crash();
  await sleep(between(random, ...AWAY_MS));
  await premises.start();
  book.write({ type: "crashed", from, to: Date.now() });
}

/**
 * Waits until only dead letters are stored, and returns their ids. It gives up after a while, since lost jobs never
 * arrive.
 */
async function drain({ broker, leaseMs }: RunSize, address: string): Promise<ReadonlySet<string>> {
  await using app = createApp({ broker: (await loadBroker(broker)).open(address), tasks: [chaosTask] });
  const queue = await app.queue("default");
  const giveUpAt = performance.now() + leaseMs + DRAIN_MS;
  for (;;) {
    const { ready, delayed, leased } = await queue.stats();
    const rest = [ready, delayed, leased].reduce((total, { n }) => total + (n ?? 0), 0);
    if (rest === 0 || performance.now() > giveUpAt) break;
    await sleep(100);
  }
  const { messages } = await queue.peek({ state: "dead", limit: 1_000 });
  return new Set(messages.map(({ messageId }) => messageId));
}
