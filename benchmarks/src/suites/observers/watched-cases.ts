import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@jobs/test-servers";
import { type BenchCase, byScale, type Figures, type Mark } from "../../harness/bench-case.ts";
import { FIGURES_PREFIX } from "../../harness/run-in-process.ts";
import { JOBS_BIN } from "../../load/jobs-bin.ts";
import { fill } from "../../load/noop-app.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";
import { MeasuredRedis } from "../redis/measured-redis.ts";
import { createWatchedApp, WATCHED_APP, type WatchedApp } from "./watched-app.ts";

/** Where the jobs of one run are: an empty file, or an empty server. */
interface EmptyStorage extends AsyncDisposable {
  readonly target: string;
}

const STORAGES: Readonly<Record<WatchedApp["broker"], () => Promise<EmptyStorage>>> = {
  async sqlite() {
    return { target: join(temporaryFolder(), "jobs.db"), async [Symbol.asyncDispose]() {} };
  },
  async redis() {
    const server = await MeasuredRedis.start("in memory");
    return { target: server.target, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};

/** What a worker is measured with. */
interface Watching extends Pick<WatchedApp, "sampled" | "hasOtelMetrics" | "hasHistory"> {
  readonly name: string;
  /** Whether its page of metrics is read each second. */
  readonly hasMetricsPage: boolean;
}

const NOTHING = { hasMetricsPage: false, hasOtelMetrics: false, sampled: 0, hasHistory: false };
const BARE: Watching = { ...NOTHING, name: "bare" };
const METRICS: Watching = { ...NOTHING, name: "metrics", hasMetricsPage: true };
const SAMPLED: Watching = { ...METRICS, name: "metrics and 1 of 100 traces", sampled: 0.01 };
const ALL: Watching = { ...METRICS, name: "metrics and all traces", sampled: 1 };

const WATCHINGS: readonly Watching[] = [
  BARE,
  METRICS,
  SAMPLED,
  ALL,
  { ...NOTHING, name: "metrics of OpenTelemetry", hasOtelMetrics: true },
  { ...NOTHING, name: "history", hasHistory: true },
];

/** What each job does: wait as a call of a service does, or nothing. */
const WORKS = [
  { name: "5–15 ms", isWaiting: true },
  { name: "no work", isWaiting: false },
] as const;

type Work = (typeof WORKS)[number];

function caseName(broker: WatchedApp["broker"], work: Work, watching: Watching): string {
  return `${broker}, ${work.name}, ${watching.name}`;
}

/** `jobs worker` at 100 jobs at once. The jobs are stored before, by a producer with the same telemetry. */
export const WATCHED_CASES: readonly BenchCase[] = (["sqlite", "redis"] as const).flatMap((broker) =>
  WORKS.flatMap((work) =>
    WATCHINGS.map(
      (watching): BenchCase => ({
        name: caseName(broker, work, watching),
        units: { consume: "jobs/s", "CPU a job": "µs" },
        async run(scale) {
          const jobs = work.isWaiting ? byScale(scale, 30_000, 2_000) : byScale(scale, 60_000, 2_000);
          await using storage = await STORAGES[broker]();
          const { isWaiting } = work;
          const { sampled, hasOtelMetrics, hasHistory, hasMetricsPage } = watching;
          const { target } = storage;
          const given = { broker, target, jobs, isWaiting, sampled, hasOtelMetrics, hasHistory };
          await store(given);
          return await runWorker(given, hasMetricsPage);
        },
      }),
    ),
  ),
);

/** Metrics and traces may cost a worker a twentieth of its jobs, where these do something. */
export const WATCHED_MARKS: readonly Mark[] = (["sqlite", "redis"] as const).flatMap((broker) =>
  [SAMPLED, ALL].map((watching, index) => ({
    id: `O${index + 1}`,
    title: `${broker}, jobs of ${WORKS[0].name}, ${watching.name}, times bare`,
    value: (median: (name: string, figure: string) => number) =>
      median(caseName(broker, WORKS[0], watching), "consume") /
      median(caseName(broker, WORKS[0], BARE), "consume"),
    atLeast: 0.95,
  })),
);

async function store(given: WatchedApp): Promise<void> {
  await using app = createWatchedApp(given);
  await fill(app, given.jobs);
}

const APP = fileURLToPath(new URL("./app.js", import.meta.url));

/** @throws Error with what the worker printed, when it gave no figures. */
async function runWorker(given: WatchedApp, hasMetricsPage: boolean): Promise<Figures> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "jobs.config.json"), JSON.stringify({ app: APP }));
  const port = hasMetricsPage ? await freePort() : undefined;
  const args = ["worker", "--max-jobs", `${given.jobs}`, "--concurrency", "100", "--log-level", "warn"];
  const child = spawn(
    process.execPath,
    [JOBS_BIN, ...args, ...(port === undefined ? [] : ["--metrics-port", `${port}`])],
    {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, [WATCHED_APP]: JSON.stringify(given) },
    },
  );
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const reading = port === undefined ? undefined : setInterval(() => void readMetrics(port), 1_000);
  const [code] = await once(child, "close");
  clearInterval(reading);
  const line = printed.split("\n").find((text) => text.startsWith(FIGURES_PREFIX));
  if (line === undefined) throw new Error(`jobs worker: exit code ${code}.\n${printed}`);
  return JSON.parse(line.slice(FIGURES_PREFIX.length)) as Figures;
}

/** Before the worker listens and after its end there is no page. */
async function readMetrics(port: number): Promise<void> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  } catch {
    // It is read again in a second.
  }
}
