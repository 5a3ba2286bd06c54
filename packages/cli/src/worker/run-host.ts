import type { Logger } from "@jobs/core";
import type { HostEvent, HostReport } from "@jobs/host";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { createStatusLine } from "../output/status-line.ts";
import { createLogger } from "./create-logger.ts";
import type { HostMetrics } from "./probes/host-metrics.ts";
import { openProbes } from "./probes/open-probes.ts";
import { reportLine } from "./report-line.ts";
import type { WorkerFlags } from "./run-worker.ts";

/** Flags of a worker with several processes. */
export interface HostFlags extends WorkerFlags {
  readonly processes: number;
}

/**
 * Runs this command once for each process as children, until all have ended. Prints the sum of their reports as one
 * line of JSON.
 */
export async function runHost(flags: HostFlags, output: Output): Promise<ExitCode> {
  using status = createStatusLine();
  const logger = await createLogger(flags, status);
  const { createHost } = await import("@jobs/host");
  let metrics: HostMetrics | undefined;
  const [, file = "", ...args] = process.argv;
  const host = createHost({
    processes: flags.processes,
    program: { file, args: [...args, "--hosted"] },
    onEvent(event) {
      metrics?.observe(event);
      logEvent(logger, event);
    },
  });
  const closeProbes = await openProbes(flags, {
    logger,
    health: async () => (await import("./probes/health-pages.ts")).hostHealthPages(host),
    async metrics() {
      const { createHostMetrics } = await import("./probes/host-metrics.ts");
      metrics = createHostMetrics();
      return metrics.text;
    },
  });
  try {
    const report = await host.run();
    if (output.isJson) output.json(report);
    else status.write(`${reportLine(report, process.stderr.isTTY === true)}\n`);
    return exitCodeOf(report);
  } finally {
    closeProbes();
  }
}

function logEvent(logger: Logger, event: HostEvent): void {
  const { type, ...fields } = event;
  switch (type) {
    case "process.crashed":
      return logger.error(fields, "a worker process has crashed; another one follows");
    case "process.recycled":
      return logger.info(fields, "a worker process has served long enough; another one takes over");
    case "process.serving":
      return logger.info(fields, type);
    case "host.progress":
      return logger.info({}, `${event.completed}/${event.of} workers completed`);
    case "process.measured":
      return;
    default:
      return logger.debug(fields, type);
  }
}

/** Success if every job has ended or was handed back in order, as for a single worker. */
function exitCodeOf({ cause, cutOff, killed, exitCode }: HostReport): ExitCode {
  if (cause === "start_failed") return (exitCode || EXIT.internal) as ExitCode;
  if (cause === "forced") return EXIT.forced;
  return cutOff > 0 || killed > 0 ? EXIT.timedOut : EXIT.ok;
}
