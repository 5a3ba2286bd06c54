import { type CoordinationStore, UNTIL_REMOVED_MS } from "../coordination/coordination-store.ts";
import { readRecord } from "../coordination/read-record.ts";
import type { JsonObject } from "../envelope/envelope.ts";
import type { Logger } from "../runtime/logger.ts";

/** How many runs of one job keep their lines: enough for all attempts, but limited for endless snoozes. */
const KEPT_RUNS = 10;

/** A kept line of `ctx.log`. */
export interface JobLogLine {
  /** ms since 1970, by the worker's clock. */
  readonly at: number;
  readonly level: keyof Logger;
  /** At most 8,192 UTF-16 units. */
  readonly message: string;
  readonly fields: JsonObject;
  /** The attempt that wrote it. */
  readonly attempt: number;
}

/** The kept lines of a job, oldest first. */
export interface JobLogLines {
  readonly lines: readonly JobLogLine[];
  /** Number of lines that were dropped because of the limits. */
  readonly leftOut: number;
}

/** The kept lines of one run of a job. */
export interface RunLog extends JobLogLines {
  /** The job's id. */
  readonly id: string;
  /** Counts leases, so that each run of a job has its own. */
  readonly delivery: number;
}

/** Stores lines of `ctx.log` with their jobs. All writers and readers use it. */
export interface JobLogStore {
  /** Writes the lines of a run so far and replaces earlier ones. `ttlMs`: how long to keep them. */
  put(log: RunLog, ttlMs: number): Promise<void>;
  /** Without kept lines the list is empty. */
  read(id: string): Promise<JobLogLines>;
}

/**
 * Stores lines in the coordination store. Each job has a set, with one entry for each of its last {@link KEPT_RUNS}
 * runs.
 */
export function createJobLogStore(coordination: CoordinationStore): JobLogStore {
  const setOf = (id: string) => `log:${id}`;
  return {
    put({ id, delivery, lines, leftOut }, ttlMs) {
      const entry = {
        set: setOf(id),
        name: String(delivery % KEPT_RUNS),
        value: JSON.stringify({ lines, leftOut }),
      };
      return coordination.put(entry, Math.min(ttlMs, UNTIL_REMOVED_MS));
    },
    async read(id) {
      const runs = (await coordination.list(setOf(id))).map(({ value }) =>
        readRecord<JobLogLines>(
          value,
          `the log of job ${id}`,
          (kept) => "lines" in kept && Array.isArray(kept.lines),
        ),
      );
      return {
        lines: runs.flatMap(({ lines }) => lines).sort((one, other) => one.at - other.at),
        leftOut: runs.reduce((sum, { leftOut }) => sum + leftOut, 0),
      };
    },
  };
}
