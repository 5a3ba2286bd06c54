import { join } from "node:path";

/** Where the files of a run are. */
export interface WorkFolder {
  /** Everything but the output. */
  readonly state: string;
  /** The broker. */
  readonly database: string;
  /** What was written, one record a line: what `output` is made from. */
  readonly journal: string;
  /** The result: one JSON array. */
  readonly output: string;
  /** Each refused record with its reasons, one a line. */
  readonly refusals: string;
  /** What the worker processes had to say. */
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
