import { AssertionError } from "node:assert";
import type { App, Task, WorkerOptions, WorkerReport } from "@jobs/core";
import { routedQueue } from "@jobs/core/broker";
import type { StoredJobs } from "./stored-jobs.ts";

/** Options of the testing worker. As for any worker, the app has the defaults. */
export interface RunOptions extends Omit<WorkerOptions, "until" | "ownsProcess" | "broker" | "identity"> {
  /** After this many runs it counts as endless, for example when a handler enqueues its own task. Default 10,000. */
  readonly maxRuns?: number;
}

const DEFAULT_MAX_RUNS = 10_000;

/**
 * Runs all ready jobs, and the jobs that become ready during that, until none is left. It uses real workers, one
 * after the other; each ends when it finds no more jobs. Time does not move.
 * @throws AssertionError when it does not end · MissingHandlerError · ConfigError, as any worker does at its start.
 */
export async function runReady(app: App, stored: StoredJobs, options: RunOptions): Promise<void> {
  const { maxRuns = DEFAULT_MAX_RUNS, ...workerOptions } = options;
  let runs = 0;
  let settled = 1;
  while (stored.isAnyReady && settled > 0) {
    settled = 0;
    for (const queues of queuesToServe(app, stored, workerOptions.queues)) {
      const perWorker = queues === undefined ? workerOptions : { ...workerOptions, queues };
      settled += settledBy(await runUntilIdle(app, perWorker, maxRuns - runs));
    }
    runs += settled;
    if (runs >= maxRuns) throw endless(stored, runs);
  }
}

/** By default the queues that a worker of this app serves. Then other queues that jobs were sent to explicitly. */
function queuesToServe(
  app: App,
  stored: StoredJobs,
  wanted: readonly string[] | undefined,
): readonly (readonly string[] | undefined)[] {
  if (wanted !== undefined || app.config.worker.queues.length > 0) return [wanted];
  const homes = new Set(app.tasks.tasks.map((task) => homeOf(app, task)));
  const others = stored.queues.filter((queue) => !homes.has(queue));
  return others.length === 0 ? [undefined] : [undefined, others];
}

/** The default queue of a task's jobs. */
function homeOf(app: App, task: Task): string {
  const { queue, domain } = app.config.task(task.name);
  return routedQueue(queue, domain);
}

async function runUntilIdle(app: App, options: WorkerOptions, maxRuns: number): Promise<WorkerReport> {
  const worker = app.worker({
    ...options,
    until: { type: "idle", forMs: 0 },
    ownsProcess: false,
    isScheduling: false,
    identity: "testing",
  });
  let starts = 0;
  const stopWatching = app.observe(({ type }) => {
    if (type === "job.started" && ++starts >= maxRuns) void worker.stop();
  });
  try {
    return await worker.run();
  } finally {
    stopWatching();
  }
}

function settledBy(report: WorkerReport): number {
  const { succeeded, retried, dead, cancelled, postponed, released, leasesLost, acksLost } = report;
  return succeeded + retried + dead + cancelled + postponed + released + leasesLost + acksLost;
}

function endless(stored: StoredJobs, runs: number): AssertionError {
  const tasks = [...new Set(stored.waiting().map(({ task }) => task))].join(", ");
  return new AssertionError({
    message:
      `${runs} runs, and more jobs are still ready (${tasks}). Does a handler enqueue its own task without a delay? ` +
      "Give it a delay, or raise maxRuns.",
    operator: "runAll",
    stackStartFn: runReady,
  });
}
