import { createMonitor } from "@jobs/core";
import type { EventSink } from "@jobs/core/broker";
import { resolveConfig } from "@jobs/core/config";
import type { ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { openProject, type Project } from "../project/open-project.ts";
import type { WorkerFlags } from "../worker/run-worker.ts";
import { runWorker } from "../worker/run-worker.ts";

/** Flags of `jobs monitor` and `jobs events`. */
export interface MonitorFlags extends WorkerFlags {
  readonly queue?: string | undefined;
}

/** Runs a worker that writes the events of an application to a sink; the application itself is not loaded. */
export async function runMonitor(
  flags: MonitorFlags,
  output: Output,
  createSink: (project: Project) => Promise<EventSink>,
): Promise<ExitCode> {
  const project = await openProject(flags);
  const sink = await createSink(project);
  const queue = flags.queue ?? resolveConfig(project.layers).monitor ?? "monitor";
  try {
    return await runWorker(flags, output, async () => createMonitor({ sink, queue }));
  } finally {
    await sink.close();
  }
}
