import {
  type App,
  type AppDefinition,
  ConfigError,
  isJobsError,
  type Worker,
  type WorkerReport,
} from "@jobs/core";
import { type Broker, fullQueueName } from "@jobs/core/broker";
import { WORKER_SETTINGS } from "@jobs/core/config";
import { keepAliveClock, type StopCause, type StopCondition, sleep } from "@jobs/core/runtime";
import type { RecycleLimits } from "@jobs/host";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { createStatusLine } from "../output/status-line.ts";
import { warn } from "../output/warn.ts";
import { DEFAULT_BROKER, openOneOfTwo } from "../project/choose-broker.ts";
import { brokerOf, type OpenedApp, openApp, sharedBrokerHint } from "../project/open-app.ts";
import { type FlagSettings, flagName } from "../project/open-project.ts";
import { countEvents } from "./count-events.ts";
import { createLogger, type LogSettings } from "./create-logger.ts";
import { logEvents } from "./log-events.ts";
import type { CallMetrics } from "./probes/call-metrics.ts";
import { openProbes, type ProbeFlags, wantsMetrics } from "./probes/open-probes.ts";
import { measureDefinition, measureWorker, type Probed, workerProbes } from "./probes/worker-probes.ts";
import { reportLine } from "./report-line.ts";

/** Pause between two looks at a broker that is away at start, in ms. */
const LOOK_MS = 250;

const EXIT_OF_CAUSE: Readonly<Record<StopCause, ExitCode>> = {
  SIGTERM: EXIT.ok,
  SIGINT: EXIT.ok,
  SIGHUP: EXIT.ok,
  stop: EXIT.ok,
  drained: EXIT.ok,
  once: EXIT.ok,
  idle: EXIT.ok,
  max_jobs: EXIT.ok,
  max_memory: EXIT.ok,
  max_time: EXIT.ok,
  stuck: EXIT.internal,
  uncaught_exception: EXIT.internal,
  forced: EXIT.forced,
};

/**
 * Runs a worker until it ends, logs its events, and prints its report as one line of JSON. The app is the project's own
 * unless `createApp` makes another.
 */
export async function runWorker(
  flags: WorkerFlags,
  output: Output,
  createApp?: () => Promise<App>,
): Promise<ExitCode> {
  using status = createStatusLine();
  let logger: Awaited<ReturnType<typeof createLogger>> | undefined;
  let calls: CallMetrics | undefined;
  const measure = async (definition: AppDefinition) => {
    const measured = await measureDefinition(definition);
    calls = measured.calls;
    return measured.definition;
  };
  await using opened = await openApp({
    flags: { ...flags, worker: workerSettings(flags) },
    // Another app, such as a monitor, works on data that other processes have stored.
    ...(createApp === undefined ? { use: "run" as const } : { app: createApp }),
    ...(wantsMetrics(flags) ? { decorate: measure } : {}),
    logger: async () => {
      logger = await createLogger(flags, status);
      return logger;
    },
  });
  const { app } = opened;
  warnOfUnreachable(opened);
  const counts = countEvents();
  app.observe(counts.observe);
  if (logger !== undefined) app.observe(logEvents(logger));
  const until = stopCondition(flags);
  const worker = app.worker(until === undefined ? {} : { until });
  const probed = { app, worker, calls };
  if (flags.hosted) return exitCodeOf(await runHosted(probed, flags));
  const closeProbes = await openProbes(flags, workerProbes(probed, logger));
  const stopShowing = counts.show(worker, status, logger);
  try {
    const run = () => runAlone(worker, app, flags);
    const { also } = flags;
    const report = await (also === undefined ? run() : runBeside(worker, run, opened, { ...flags, also }));
    stopShowing();
    if (output.isJson) output.json(report);
    else status.write(`${reportLine(report, process.stderr.isTTY === true)}\n`);
    return exitCodeOf(report);
  } finally {
    stopShowing();
    closeProbes();
  }
}

/** Warns of a queue that only this process sees. It stays empty, unless schedules of this process send jobs. */
function warnOfUnreachable({ app, project }: OpenedApp): void {
  const { kind, reach } = brokerOf(app);
  const { schedules, config } = app.definition;
  if (reach !== "process" || (schedules.length > 0 && config.worker.isScheduling)) return;
  warn(
    `${kind}: no other process can send jobs to this worker, and it has no schedules. ${sharedBrokerHint(project.folder)}`,
  );
}

async function runAlone(worker: Worker, app: App, flags: WorkerFlags): Promise<WorkerReport> {
  const limits = Object.values(recycleLimits(flags));
  if (limits.every((limit) => limit === undefined)) return worker.run();
  const { watchRecycleLimits } = await import("@jobs/host");
  const observe: App["observe"] = (observer) => app.observe(observer);
  const unwatch = watchRecycleLimits(
    recycleLimits(flags),
    observe,
    (reason) => void worker.stop(reason),
    worker,
  );
  return worker.run().finally(unwatch);
}

/** Runs a second worker on the broker of `--also`, which ends with the first. */
async function runBeside(
  worker: Worker,
  run: () => Promise<WorkerReport>,
  { app, project }: OpenedApp,
  { also, "until-empty": isUntilEmpty }: WorkerFlags & { readonly also: string },
): Promise<WorkerReport> {
  const broker = await openOneOfTwo(also, project);
  const second = app.worker({ broker, ...(isUntilEmpty ? { until: { type: "drained" } } : {}) });
  try {
    await Promise.all([brokerOf(app), broker].map((one) => waitForBroker(one, app)));
    const drained = second.run().then((report) => {
      if (report.cause === "drained") warn(`${broker.kind}: empty, and not read any more.`);
    });
    // A second worker that cannot start ends the first, which would leave jobs unread in silence.
    drained.catch(() => worker.stop());
    const [report] = await Promise.all([run().finally(() => second.stop()), drained]);
    return report;
  } finally {
    await broker.close();
  }
}

/**
 * Waits for the first answer of a broker, so that no job runs while one of two is away.
 * @throws BrokerUnavailableError if it stays away until the start timeout
 */
async function waitForBroker(broker: Broker, { config, queues }: App): Promise<void> {
  const giveUpAt = keepAliveClock.monotonic() + config.worker.startTimeoutMs;
  const name = fullQueueName(config.queuePrefix, queues[0] ?? "default");
  for (;;) {
    try {
      await (await broker.openQueue(name)).stats();
      return;
    } catch (error) {
      // About anything else the worker itself has a better error.
      if (!isJobsError(error, "broker_unavailable")) return;
      if (!error.retryable || keepAliveClock.monotonic() + LOOK_MS > giveUpAt) throw error;
    }
    await sleep(keepAliveClock, LOOK_MS);
  }
}

/** Runs one of a host's processes. The host reports and serves the probes for all of them. */
async function runHosted(probed: Probed, flags: WorkerFlags): Promise<WorkerReport> {
  const { app, worker } = probed;
  const broker = brokerOf(app);
  if (broker.reach === "process") {
    throw new ConfigError(`several processes cannot share queues that only one sees, as in ${broker.kind}.`, {
      hint: `Leave out --processes, or use a broker that they can all reach, such as ${DEFAULT_BROKER}.`,
    });
  }
  const metrics = wantsMetrics(flags) ? await measureWorker(probed) : undefined;
  const { serveHost } = await import("@jobs/host");
  return serveHost({
    worker,
    observe: (observer) => app.observe(observer),
    graceMs: app.config.worker.shutdownTimeoutMs,
    recycle: recycleLimits(flags),
    measure: metrics?.families,
  });
}

/**
 * A graceful end with aborted handlers is not a success: the grace period is too short, which operators should know.
 */
function exitCodeOf({ cause, cutOff }: WorkerReport): ExitCode {
  const code = EXIT_OF_CAUSE[cause];
  return code === EXIT.ok && cutOff > 0 ? EXIT.timedOut : code;
}

/** Flags of `jobs worker`. */
export interface WorkerFlags extends FlagSettings, LogSettings, ProbeFlags {
  readonly drain: boolean;
  readonly once: boolean;
  /** The broker that is read besides the app's. */
  readonly also?: string | undefined;
  readonly "until-empty"?: boolean | undefined;
  readonly "until-idle"?: number | undefined;
  readonly "max-jobs"?: number | undefined;
  /** In MiB. */
  readonly "max-memory"?: number | undefined;
  /** In ms. */
  readonly "max-time"?: number | undefined;
  /** Whether this process is one of a host's. */
  readonly hosted?: boolean | undefined;
}

/** When the worker stops without a signal; `undefined`: never. The flags exclude each other. */
function stopCondition(flags: WorkerFlags): StopCondition | undefined {
  if (flags.drain) return { type: "drained" };
  if (flags.once) return { type: "once" };
  const { "until-idle": forMs, "max-jobs": jobs } = flags;
  if (forMs !== undefined) return { type: "idle", forMs };
  return jobs === undefined || flags.hosted ? undefined : { type: "settled", jobs };
}

/** Limits of the process. The limit of jobs ends a single worker itself, exactly at that job. */
function recycleLimits(flags: WorkerFlags): RecycleLimits {
  const { "max-jobs": maxJobs, "max-memory": mebibytes, "max-time": maxAgeMs, hosted } = flags;
  const maxMemoryBytes = mebibytes === undefined ? undefined : mebibytes * 2 ** 20;
  return { maxJobs: hosted ? maxJobs : undefined, maxMemoryBytes, maxAgeMs };
}

/** The settings among the flags, by written key. */
export function workerSettings(flags: object): Readonly<Record<string, unknown>> {
  const given = Object.values(WORKER_SETTINGS).map(
    ({ key }) => [key, Reflect.get(flags, flagName(key))] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
