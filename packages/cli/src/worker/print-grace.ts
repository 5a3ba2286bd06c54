import type { App } from "@jobs/core";
import { routedQueue } from "@jobs/core/broker";
import { formatDuration } from "@jobs/core/config";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { openApp } from "../project/open-app.ts";
import { type WorkerFlags, workerSettings } from "./run-worker.ts";

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

/** Time that a handler may need to return after its timeout has aborted its signal, in ms. */
const AFTER_TIMEOUT_MS = 10_000;

/** Time for the work after the shutdown timeout, in ms: release, close, report, exit. */
const AFTER_SHUTDOWN_MS = 5_000;

/** How long a supervisor has to wait between its SIGTERM and its SIGKILL. */
interface NeededGrace {
  readonly shutdownTimeoutMs: number;
  /** With the shutdown timeout as it is: runs that take longer are handed back and start again elsewhere. */
  readonly graceSeconds: number;
  /** The task that may run longest; its timeout is `null` when it has none. */
  readonly longest: { readonly task: string; readonly timeoutMs: number | null } | null;
  /** A shutdown timeout that lets every run end, and the grace for it; `null` if there is none. */
  readonly wholeRuns: { readonly shutdownTimeoutMs: number; readonly graceSeconds: number } | null;
}

/** Computes the grace from the timeouts of the tasks on the queues that a worker of this app serves. */
export function neededGrace(app: App): NeededGrace {
  const { shutdownTimeoutMs, queues } = app.config.worker;
  const served = new Set(queues.map(({ name }) => name));
  const tasks = app.tasks.tasks
    .map(({ name }) => ({ name, settings: app.config.task(name) }))
    .filter(({ settings }) => served.size === 0 || served.has(routedQueue(settings.queue, settings.domain)))
    .toSorted((one, other) => compare(other.settings.timeoutMs, one.settings.timeoutMs));
  const [longest] = tasks;
  const timeoutMs = longest?.settings.timeoutMs ?? Number.POSITIVE_INFINITY;
  const isBounded = Number.isFinite(timeoutMs);
  const wholeMs = timeoutMs + AFTER_TIMEOUT_MS;
  return {
    shutdownTimeoutMs,
    graceSeconds: graceAfter(shutdownTimeoutMs),
    longest: longest === undefined ? null : { task: longest.name, timeoutMs: isBounded ? timeoutMs : null },
    wholeRuns: isBounded ? { shutdownTimeoutMs: wholeMs, graceSeconds: graceAfter(wholeMs) } : null,
  };
}

function graceAfter(shutdownTimeoutMs: number): number {
  return Math.ceil((shutdownTimeoutMs + AFTER_SHUTDOWN_MS) / 1_000);
}

/** Infinities must count as equal, but their difference is not a number. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one - other;
}
