import { join } from "node:path";

/** The paths of the files of a run. */
export interface WorkFolder {
  /** The folder of all files but the output. */
  readonly state: string;
  /** The database of the broker. */
  readonly database: string;
  /** The written records, one a line; `output` is made from it. */
  readonly journal: string;
  /** The result: one JSON array. */
  readonly output: string;
  /** Each refused record with its reasons, one a line. */
  readonly refusals: string;
  /** The output of the worker processes. */
  readonly log: string;
  /** Exists while a run is unfinished. */
  readonly unfinished: string;
}

/** The files of the run in `folder`. */
export function workFolder(folder: string): WorkFolder {
  const state = join(folder, ".jobs");
  return {
    state,
    database: join(state, "jobs.db"),
    journal: join(state, "written.ndjson"),
    output: join(folder, "output.json"),
    refusals: join(state, "refused.ndjson"),
    log: join(state, "workers.log"),
    unfinished: join(state, "unfinished.json"),
  };
}
