import { formatDuration } from "@jobs/core/config";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { openApp } from "../project/open-app.ts";
import { type NeededGrace, neededGrace } from "./needed-grace.ts";
import { type WorkerFlags, workerSettings } from "./worker-flags.ts";

/** Tells how long a supervisor has to wait for a worker with these flags; no broker is asked. */
export async function printGrace(flags: WorkerFlags, output: Output): Promise<ExitCode> {
  await using opened = await openApp({
    flags: { ...flags, worker: workerSettings(flags) },
    hasBroker: false,
  });
  const grace = neededGrace(opened.app);
  if (output.isJson) output.json({ schema: "jobs.grace/1", ...grace });
  else for (const line of graceLines(grace)) output.line(line);
  return EXIT.ok;
}

function graceLines({ shutdownTimeoutMs, graceSeconds, longest, wholeRuns }: NeededGrace): readonly string[] {
  const now = `${graceSeconds} s with --shutdown-timeout ${formatDuration(shutdownTimeoutMs)}`;
  if (longest === null) return [now];
  const task = printable(longest.task);
  if (wholeRuns === null) return [now, `no time is long enough for every run to end: ${task} has no timeout`];
  const then = `${wholeRuns.graceSeconds} s with --shutdown-timeout ${formatDuration(wholeRuns.shutdownTimeoutMs)}`;
  return [now, `${then} for every run to end: ${task} may take ${formatDuration(longest.timeoutMs ?? 0)}`];
}
