/** Name of the command, as people type it. */
export const BIN = "jobs";

/** Set by the bundler to the version of this package; `0.0.0-source` when run from sources by tests. */
declare const JOBS_VERSION: string | undefined;

/** The released version. */
export const VERSION = typeof JOBS_VERSION === "string" ? JOBS_VERSION : "0.0.0-source";
