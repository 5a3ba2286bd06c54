import { setTimeout as sleep } from "node:timers/promises";
import type { Contender, ContenderKind, MeasuredBroker, Stage } from "../../contenders/contender.ts";
import { idleStart } from "../../contenders/contender-cases.ts";
import { consumeUnits, JobMeter } from "../../contenders/job-meter.ts";
import { onStage } from "../../contenders/on-stage.ts";
import { ContenderProcess } from "../../contenders/processes.ts";
import { type BenchCase, byScale, type Suite, type Unit } from "../../harness/bench-case.ts";
import { memoryStage } from "../memory/memory-stage.ts";
import { pgBossContender } from "../postgres/pg-boss-contender.ts";
import { plainjobAsItComes, plainjobFull } from "../sqlite/plainjob-contender.ts";
import { sqliteStage } from "../sqlite/sqlite-stage.ts";
import { sqsStage } from "../sqs/sqs-stage.ts";
import { STAGES } from "../stages.ts";

/** How long a handler waits, as for an answer of another service. */
const HANDLER_MS = 5;

const CONCURRENCY = 100;

/** The most that handlers of 5 ms can do in two seconds at this concurrency. */
const MOST_JOBS = (CONCURRENCY * 2_000) / HANDLER_MS;

/** One worker whose handlers wait. 100 of 5 ms are 20,000 jobs a second at most. */
function waitingHandlers(stage: Stage, kind: ContenderKind): BenchCase {
  const work = `handlers of ${HANDLER_MS} ms at ${CONCURRENCY}`;
  return {
    name: `${stage.title}, ${kind.name}, ${work}`,
    row: { broker: stage.title, work, by: kind.name },
    units: consumeUnits(stage),
    run(scale) {
      const full = Math.min(MOST_JOBS, stage.busyJobs(kind));
      const jobs = byScale(scale, full, full / 20);
      const meter = new JobMeter(stage, { jobs, warmUp: jobs });
      const measure = async (contender: Contender, broker: MeasuredBroker) => {
        await contender.fill(2 * jobs);
        return meter.measure(broker, () => contender.consume(2 * jobs, CONCURRENCY));
      };
      return onStage(stage, kind, measure, () => {
        meter.ran();
        return sleep(HANDLER_MS);
      });
    },
  };
}

/** Two worker processes on the same queue. Handlers do nothing. */
function twoProcesses(stage: Stage, kind: ContenderKind): BenchCase {
  const work = `two processes at ${CONCURRENCY}`;
  const units: Readonly<Record<string, Unit>> = { consume: "jobs/s" };
  return {
    name: `${stage.title}, ${kind.name}, ${work}`,
    row: { broker: stage.title, work, by: kind.name },
    units,
    run(scale) {
      const full = stage.busyJobs(kind);
      const jobs = byScale(scale, full, full / 10);
      return onStage(stage, kind, async ({ fill }, { target }) => {
        await fill(2 * jobs);
        await using first = await ContenderProcess.start(stage, kind, target, CONCURRENCY);
        await using second = await ContenderProcess.start(stage, kind, target, CONCURRENCY);
        return { consume: await rateOfSecondHalf([first, second], jobs) };
      });
    },
  };
}

/** Lets the workers run twice as many jobs, and measures from the first half to the end. @returns jobs a second */
async function rateOfSecondHalf(workers: readonly ContenderProcess[], jobs: number): Promise<number> {
  let left = 2 * jobs;
  let measured = 0;
  let startedAt = 0;
  await new Promise<void>((resolve, reject) => {
    const ran = (count: number) => {
      left -= count;
      if (startedAt === 0 && left <= jobs) {
        measured = left;
        startedAt = performance.now();
      }
      if (left <= 0) resolve();
    };
    for (const worker of workers) {
      worker.count(ran).catch(reject);
      worker.serve();
    }
  });
  return (measured / (performance.now() - startedAt)) * 1_000;
}

/** The suites of Redis and Postgres have it too. plainjob looks once a second, so fewer jobs are enough. */
function idleCase(stage: Stage, kind: ContenderKind): BenchCase {
  const one = idleStart(stage, kind, kind === plainjobAsItComes ? { jobs: 20, warmUp: 10 } : { jobs: 100 });
  return { ...one, name: `${stage.title}, ${one.name}` };
}

/** Workers as services have them: handlers that wait, several processes, and long rests. */
export const workersSuite: Suite = {
  name: "workers",
  title: "Workers",
  isWarm: true,
  cases: [
    ...STAGES.flatMap((stage) => stage.kinds.map((kind) => waitingHandlers(stage, kind))),
    // pg-boss has no worker that would keep two processes busy, and memory has one process.
    ...STAGES.filter((stage) => stage !== memoryStage).flatMap((stage) =>
      stage.kinds.filter((kind) => kind !== pgBossContender).map((kind) => twoProcesses(stage, kind)),
    ),
    // How plainjob commits makes no difference here.
    ...[sqliteStage, sqsStage].flatMap((stage) =>
      stage.kinds.filter((kind) => kind !== plainjobFull).map((kind) => idleCase(stage, kind)),
    ),
  ],
  marks: [],
};
