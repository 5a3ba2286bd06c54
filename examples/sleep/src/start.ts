import { isJobsError } from "@jobs/core";
import type { Environment } from "@jobs/core/config";
import { fillQueue } from "./fill-queue.ts";
import { JobsCommand } from "./jobs-command.ts";
import { type Options, readOptions } from "./options.ts";
import { runWorkers, type WorkerEnd } from "./run-workers.ts";
import { summary } from "./summary.ts";

/** Exit status for a command line that cannot be read, the same as of the jobs command. */
const USAGE = 2;

/** Fills the queue and runs workers until it is empty. Resolves with the status of the process. */
export async function start(args: readonly string[], env: Environment): Promise<number> {
  try {
    const options = readOptions(args);
    const jobs = new JobsCommand(environmentFor(options, env), stopSignal());
    return await (options.isVersionAsked ? showVersion(jobs) : sleepAll(jobs, options));
  } catch (error) {
    if (!isJobsError(error, "invalid_config")) throw error;
    process.stderr.write(`${error.message}\n`);
    return USAGE;
  }
}

async function sleepAll(jobs: JobsCommand, { workers, iterations }: Options): Promise<number> {
  const filled = await fillQueue(jobs, iterations);
  if (filled !== 0) return filled;
  say(`${iterations} jobs for ${workers} workers`);
  const ends = await runWorkers({
    jobs,
    workers,
    onCompleted: (completed) => say(`${completed}/${workers} workers completed`),
  });
  const reports = ends.flatMap((end) => (end.status === "completed" ? [end.report] : []));
  if (reports.length > 0) say(`\n${summary(reports)}`);
  return statusOf(ends);
}

/** A lost worker is not a failure when another one has emptied the queue. */
function statusOf(ends: readonly WorkerEnd[]): number {
  const completed = ends.filter(({ status }) => status === "completed");
  return (completed.length > 0 ? completed : ends).find(({ code }) => code !== 0)?.code ?? 0;
}

async function showVersion(jobs: JobsCommand): Promise<number> {
  const { code, stdout } = await jobs.run(["version", "--json"]);
  process.stdout.write(stdout);
  return code ?? 1;
}

function environmentFor({ broker }: Options, env: Environment): Environment {
  return broker === undefined ? env : { ...env, JOBS_BROKER: broker };
}

/** Aborts when this process gets a signal to end. The handler stays, since npm and terminals send the signal twice. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => stop.abort());
  return stop.signal;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
