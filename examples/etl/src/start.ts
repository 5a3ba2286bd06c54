import { type Environment, isJobsError } from "@jobs/core";
import { Progress } from "./progress.ts";
import { runPipeline } from "./run-pipeline.ts";
import { readSettings, slips } from "./settings.ts";

/** The status of a process whose settings cannot be read, as the jobs command has it. */
const UNREADABLE_SETTING = 78;

/** Runs the pipeline once, to its end or until SIGTERM or SIGINT. Resolves with the status of the process. */
export async function start(env: Environment): Promise<number> {
  const progress = new Progress(process.stderr);
  try {
    for (const slip of slips(env)) progress.say(`warning: ${slip}`);
    return await runPipeline({ env, settings: readSettings(env), progress, signal: stopSignal() });
  } catch (error) {
    if (!isJobsError(error, "invalid_config")) throw error;
    progress.say(error.message);
    return UNREADABLE_SETTING;
  }
}

/** Aborts when this process is asked to end. Every time it is asked: npm and terminals ask twice. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => stop.abort());
  return stop.signal;
}
