// `npm run chaos`: runs the experiments, prints the report as JSON and adds it to docs/reliability.md. Exit code 1 when a
// mark is missed, 2 for wrong options.
import { loadBroker } from "./brokers/load-broker.ts";
import { type Criterion, criteriaOf, isReached } from "./criteria.ts";
import {
  CRASHED_SERVER,
  type Experiment,
  FROZEN_WORKERS,
  KILLED_WORKERS,
  ROLLING_RESTARTS,
} from "./experiment.ts";
import { longTransactionMarks, runLongTransaction } from "./long-transaction/run-long-transaction.ts";
import { readOptions, refuse } from "./read-options.ts";
import { addToPage, describeLongTransaction, describeOutcome, describeSoak } from "./report-page.ts";
import { runExperiment } from "./run-experiment.ts";
import { runSoak, soakMarks } from "./soak/run-soak.ts";
import { soakedBroker } from "./soak/soaked-broker.ts";

const USAGE = `npm run chaos -- [--broker NAME] [--jobs N] [--seed N] [--dry-run] EXPERIMENT…

  --kills N             kills a worker N times
  --terms N             restarts a worker N times
  --freezes N           freezes a worker N times
  --crashes N           crashes the server of the broker N times
  --soak N              measures whether the memory of one process grows, in N rounds that share the jobs
  --long-transaction N  runs N jobs on Postgres while a transaction stays open, and measures what calls cost
                        (--batch N jobs in one call, for --minutes N at most)

  --broker NAME    sqlite (default), postgres, redis, redis-bullmq, redis-mixed, sqs or sqs-bundles; memory for --soak
  --jobs N         jobs of the experiment (default 20000)
  --workers N      processes (default 3), with --concurrency N jobs at once (default 10)
  --lease N        length of a lease in ms (default 2500)
  --seed N         chooses workers, pauses and jobs (default 1)
  --dry-run        does not add the report to the page`;

const values = readOptions(
  {
    broker: { type: "string", default: "sqlite" },
    jobs: { type: "string", default: "20000" },
    kills: { type: "string", default: "0" },
    terms: { type: "string", default: "0" },
    freezes: { type: "string", default: "0" },
    /** Crashes of the server of the broker. */
    crashes: { type: "string", default: "0" },
    soak: { type: "string", default: "0" },
    "long-transaction": { type: "string", default: "0" },
    /** Jobs in one call beside the long transaction. */
    batch: { type: "string", default: "1000" },
    /** The longest time of the jobs beside it. */
    minutes: { type: "string", default: "120" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "3" },
    concurrency: { type: "string", default: "10" },
    lease: { type: "string", default: "2500" },
    /** Prints the report without adding it to the page. */
    "dry-run": { type: "boolean", default: false },
  },
  USAGE,
);

const { broker } = values;
const rounds = wholeNumber("soak", 0);
const faults = new Map<Experiment, number>([
  [KILLED_WORKERS, wholeNumber("kills", 0)],
  [ROLLING_RESTARTS, wholeNumber("terms", 0)],
  [FROZEN_WORKERS, wholeNumber("freezes", 0)],
  [CRASHED_SERVER, wholeNumber("crashes", 0)],
]);
const size = {
  broker,
  jobs: wholeNumber("jobs", 1),
  seed: wholeNumber("seed", 0),
  workers: wholeNumber("workers", 1),
  concurrency: wholeNumber("concurrency", 1),
  leaseMs: wholeNumber("lease", 1),
};
const beside = {
  jobs: wholeNumber("long-transaction", 0),
  batch: wholeNumber("batch", 1),
  minutes: wholeNumber("minutes", 1),
};

const hasFaults = [...faults.values()].some((times) => times > 0);
if (!hasFaults && rounds === 0 && beside.jobs === 0) refuse("nothing to do: name an experiment.", USAGE);
const refuseBroker = (error: unknown) => refuse(error, USAGE);
if (hasFaults) await loadBroker(broker).catch(refuseBroker);
if (rounds > 0) await soakedBroker(broker).catch(refuseBroker);

for (const [experiment, times] of faults) {
  if (times === 0) continue;
  const outcome = await runExperiment(experiment, { ...size, faults: times });
  report(outcome, criteriaOf(outcome), describeOutcome(outcome));
}

if (rounds > 0) {
  const jobsInRound = Math.ceil(size.jobs / rounds);
  const outcome = await runSoak({ broker, rounds, jobsInRound, leaksJobs: false });
  report(outcome, soakMarks(outcome), describeSoak(outcome));
}

if (beside.jobs > 0) {
  const outcome = await runLongTransaction(beside);
  report(outcome, longTransactionMarks(outcome), describeLongTransaction(outcome));
}

function report(outcome: object, criteria: readonly Criterion[], section: string): void {
  process.stdout.write(`${JSON.stringify({ ...outcome, criteria }, undefined, 2)}\n`);
  if (!values["dry-run"]) addToPage(section);
  if (!criteria.every(isReached)) process.exitCode = 1;
}

function wholeNumber(name: Exclude<keyof typeof values, "broker" | "dry-run">, least: 0 | 1): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  return refuse(`--${name} must be a whole number, ${least} or more; got ${values[name]}.`, USAGE);
}
