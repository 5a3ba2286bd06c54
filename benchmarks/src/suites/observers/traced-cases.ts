import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, handle, type Instrumentation } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { openTelemetry } from "@jobs/opentelemetry";
import { type BenchCase, byScale, type Mark } from "../../harness/bench-case.ts";
import { fill, noop } from "../../load/noop-app.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";
import { MeasuredRedis } from "../redis/measured-redis.ts";
import { createMeters, registerTracers } from "./discard-telemetry.ts";

/** A broker for one run, on empty storage. */
interface OpenBroker extends AsyncDisposable {
  open(): Broker;
}

const BROKERS: Readonly<Record<"sqlite" | "redis", () => Promise<OpenBroker>>> = {
  async sqlite() {
    const file = `${temporaryFolder()}/jobs.db`;
    return { open: () => sqlite({ file }), async [Symbol.asyncDispose]() {} };
  },
  async redis() {
    const server = await MeasuredRedis.start("in memory");
    const open = () => redis({ url: server.url, onWarning: () => {} });
    return { open, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};

/** What a worker is measured with. */
interface Telemetry {
  readonly name: string;
  readonly hasMetrics: boolean;
  /** The sampled part of the traces; 0 is no tracing at all. */
  readonly sampled: number;
}

const BARE: Telemetry = { name: "bare", hasMetrics: false, sampled: 0 };
const ALL: Telemetry = { name: "metrics and traces", hasMetrics: true, sampled: 1 };

const TELEMETRIES: readonly Telemetry[] = [
  BARE,
  { name: "metrics", hasMetrics: true, sampled: 0 },
  { name: "metrics and a tenth of the traces", hasMetrics: true, sampled: 0.1 },
  ALL,
];

/** What each job does: wait as long as a short call of a service takes, or nothing. */
const WORKS = [
  { name: "10 ms", waitMs: 10 },
  { name: "no work", waitMs: 0 },
] as const;

type Work = (typeof WORKS)[number];
type BrokerName = keyof typeof BROKERS;

const CONCURRENCY = 100;

function caseName(broker: BrokerName, work: Work, telemetry: Telemetry): string {
  return `${broker}, ${work.name}, ${telemetry.name}`;
}

const COMBINATIONS = (["sqlite", "redis"] as const).flatMap((broker) =>
  WORKS.map((work) => ({ broker, work })),
);

/** A worker at 100 jobs at once. The jobs are stored before, by a producer with the same telemetry. */
export const TRACED_CASES: readonly BenchCase[] = COMBINATIONS.flatMap(({ broker, work }) =>
  TELEMETRIES.map(
    (telemetry): BenchCase => ({
      name: caseName(broker, work, telemetry),
      units: { consume: "jobs/s", "CPU a job": "µs" },
      async run(scale) {
        const jobs = work.waitMs === 0 ? byScale(scale, 100_000, 5_000) : byScale(scale, 50_000, 5_000);
        const instrumentation = instrumentationOf(telemetry);
        await measure({ broker, work, jobs: jobs / 10, instrumentation });
        return measure({ broker, work, jobs, instrumentation });
      },
    }),
  ),
);

/** All traces and metrics may cost a worker a twentieth of its jobs. */
export const TRACED_MARKS: readonly Mark[] = COMBINATIONS.map(({ broker, work }) => ({
  id: "O1",
  title: `${broker}, jobs with ${work.name}, metrics and traces, times bare`,
  value: (median) =>
    median(caseName(broker, work, ALL), "consume") / median(caseName(broker, work, BARE), "consume"),
  atLeast: 0.95,
}));

function instrumentationOf({ hasMetrics, sampled }: Telemetry): Instrumentation | undefined {
  if (!hasMetrics && sampled === 0) return undefined;
  if (sampled > 0) registerTracers(sampled);
  return openTelemetry({ traces: sampled > 0, metrics: hasMetrics, meterProvider: createMeters() });
}

interface Load {
  readonly broker: BrokerName;
  readonly work: Work;
  readonly jobs: number;
  readonly instrumentation: Instrumentation | undefined;
}

async function measure({ broker, work, jobs, instrumentation }: Load) {
  await using storage = await BROKERS[broker]();
  await using app = createApp({
    broker: storage.open(),
    tasks: [noop],
    handlers: [handle(noop, work.waitMs === 0 ? () => {} : () => sleep(keepAliveClock, work.waitMs))],
    ...(instrumentation && { instrumentation }),
  });
  await fill(app, jobs);
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await app.worker({ concurrency: CONCURRENCY, until: { type: "settled", jobs }, ownsProcess: false }).run();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { consume: jobs / seconds, "CPU a job": (user + system) / jobs };
}
