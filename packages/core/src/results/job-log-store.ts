import { type CoordinationStore, UNTIL_REMOVED_MS } from "../coordination/coordination-store.ts";
import { readRecord } from "../coordination/read-record.ts";
import type { JsonObject } from "../envelope/envelope.ts";
import type { Logger } from "../runtime/logger.ts";

/** How many runs of one job keep their lines: enough for all attempts, and bounded for a job that is put off for ever. */
const KEPT_RUNS = 10;

/** A line of `ctx.log` as it is kept with its job. */
export interface JobLogLine {
  /** ms since 1970, by the worker's clock. */
  readonly at: number;
  readonly level: keyof Logger;
  /** At most 8,192 UTF-16 units. */
  readonly message: string;
  readonly fields: JsonObject;
  /** Which run wrote it. */
  readonly attempt: number;
}

/** The kept lines of a job, oldest first. */
export interface JobLogLines {
  readonly lines: readonly JobLogLine[];
  /** Lines that were dropped, because a run wrote more than is kept. */
  readonly leftOut: number;
}

/** The kept lines of one run of a job. */
export interface RunLog extends JobLogLines {
  /** The job's id. */
  readonly id: string;
  /** Counts leases, so that each run of a job has its own. */
  readonly delivery: number;
}

/** Keeps lines of `ctx.log` with their jobs. Everything that writes or reads them goes through it. */
export interface JobLogStore {
  /** Writes what a run has logged so far, in place of what was written of it before. `ttlMs`: how long to keep it. */
  put(log: RunLog, ttlMs: number): Promise<void>;
  /** Nothing kept is no lines. */
  read(id: string): Promise<JobLogLines>;
}

/** Keeps lines in the coordination store: one mark for each of the last {@link KEPT_RUNS} runs, in a set of the job's own. */
export function createJobLogStore(coordination: CoordinationStore): JobLogStore {
  const setOf = (id: string) => `log:${id}`;
  return {
    put({ id, delivery, lines, leftOut }, ttlMs) {
      const mark = {
        set: setOf(id),
        name: String(delivery % KEPT_RUNS),
        value: JSON.stringify({ lines, leftOut }),
      };
      return coordination.put(mark, Math.min(ttlMs, UNTIL_REMOVED_MS));
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
