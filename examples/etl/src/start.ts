import { isJobsError } from "@jobs/core";
import type { Environment } from "@jobs/core/config";
import { Progress } from "./progress.ts";
import { runPipeline } from "./run-pipeline.ts";
import { readSettings, slips } from "./settings.ts";

/** Exit status for settings that cannot be read, the same as of the jobs command. */
const UNREADABLE_SETTING = 78;

/** Runs the pipeline once, to its end or until SIGTERM or SIGINT. Resolves with the status of the process. */
export async function start(env: Environment): Promise<number> {
  const progress = new Progress(process.stderr);
  try {
    for (const slip of slips(env)) progress.say(`warning: ${slip}`);
    return await runPipeline({ env, settings: readSettings(env), progress, signal: stopSignal(env) });
  } catch (error) {
    if (!isJobsError(error, "invalid_config")) throw error;
    progress.say(error.message);
    return UNREADABLE_SETTING;
  }
}

/** How often the process checks whether npm still runs, in ms. */
const LOOK_MS = 200;

/** Aborts when this process gets a signal to end. The handler stays, since npm and terminals send the signal twice. */
function stopSignal(env: Environment): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => stop.abort());
  if (env.npm_lifecycle_event !== undefined) afterParent(() => stop.abort());
  return stop.signal;
}

/** npm sends a SIGTERM to the shell between it and this process; the shell does not pass it on. */
function afterParent(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) then();
  }, LOOK_MS);
  timer.unref();
}
