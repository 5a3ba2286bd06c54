import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createApp } from "@jobs/core";
import { seededRandom } from "@jobs/core/testing";
import { between } from "./between.ts";
import type { Remains } from "./brokers/broker-under-test.ts";
import { loadBroker } from "./brokers/load-broker.ts";
import { chaosTask } from "./chaos-task.ts";
import type { Experiment, RunSize } from "./experiment.ts";
import { type Observations, observationsOf } from "./observations.ts";
import { Producer } from "./producer.ts";
import { openRunLog, readRunLog } from "./run-log.ts";
import { type Exit, WorkerPool } from "./worker-pool.ts";

/** How long the queue may take to become empty after the last fault, in ms. After that, jobs count as lost. */
const DRAIN_MS = 60_000;

/** The outcome of one run of an experiment. */
export interface Outcome {
  readonly experiment: Experiment;
  readonly size: RunSize;
  readonly observations: Observations;
  readonly remains: Remains;
  /** Workers that ended without a request, or not with code 0. */
  readonly badExits: readonly Exit[];
  readonly seconds: number;
}

/** What the processes of one run share. */
interface Scene {
  readonly address: string;
  readonly runLog: string;
}

/** Runs producer, workers and supervisor until the faults are over and the queue is empty, then reads the run log. */
export async function runExperiment(experiment: Experiment, size: RunSize): Promise<Outcome> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "jobs-chaos-"));
  try {
    const broker = await loadBroker(size.broker);
    await using premises = await broker.prepare(folder);
    const scene = { address: premises.address, runLog: join(folder, "run-log.jsonl") };
    const { dead, badExits } = await playOut(experiment, size, scene);
    const observations = observationsOf(readRunLog(scene.runLog), dead);
    const remains = await broker.inspect(scene.address);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    return { experiment, size, observations, remains, badExits, seconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function playOut(
  experiment: Experiment,
  size: RunSize,
  { address, runLog }: Scene,
): Promise<{ readonly dead: ReadonlySet<string>; readonly badExits: readonly Exit[] }> {
  const random = seededRandom(size.seed);
  const book = openRunLog(runLog);
  const { broker, workers, concurrency, leaseMs, jobs, faults, seed } = size;
  const orders = { broker, address, runLog, concurrency, leaseMs };
  const [, shareMs] = experiment.pauseMs;
  const producer = new Producer({ broker, address, runLog, jobs, shares: faults, shareMs, seed });
  const pool = new WorkerPool({ size: workers, orders, runLog: book, random });
  try {
    for (let fault = 0; fault < faults; fault++) {
      producer.sendShare();
      await sleep(between(random, ...experiment.pauseMs));
      await pool.strike(experiment.signal);
    }
    await producer.ended;
    const dead = await drain(size, address);
    return { dead, badExits: pool.badExits };
  } finally {
    producer.end();
    await pool.close();
    book.close();
  }
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
