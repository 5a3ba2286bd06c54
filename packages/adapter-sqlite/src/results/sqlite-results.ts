import { type Clock, type JobResult, type ResultStore, systemClock } from "@jobs/core";
import { JointWrites } from "../storage/joint-writes.ts";
import type { Synchronous } from "../storage/open-connection.ts";
import { KIND } from "../storage/shared-connection.ts";
import type { Sql } from "../storage/sql.ts";
import { SqliteFile } from "../storage/sqlite-file.ts";
import { sqliteMarks } from "../storage/sqlite-marks.ts";

/** Where results are kept. */
export interface SqliteResultsOptions {
  /** Path of the database; may be the broker's own file. */
  readonly file: string;
  /** As for the broker; default `full`. */
  readonly synchronous?: Synchronous;
  /** Decides what is past its time. Default: the machine's. */
  readonly clock?: Clock;
}

/** As many rows as leave the event loop free again within some ms. */
const PRUNE_STEP = 2_000;

/** A success that is still kept is never replaced: a second run of the same job must not change what was seen. */
const PUT = `INSERT INTO results (id, status, result, expires_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (id) DO UPDATE SET status = ?2, result = ?3, expires_at = ?4
  WHERE results.status <> 'succeeded' OR results.expires_at <= ?5`;
const GET = "SELECT result FROM results WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)";
const PRUNE = `DELETE FROM results WHERE id IN (
  SELECT id FROM results WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ${PRUNE_STEP})`;

/**
 * Keeps results in a SQLite file. Results that come in one turn of the event loop are written together. In the file of
 * this process's jobs the result of a success does not wait for the disk: the ack is written behind it into the same
 * log, so that a power cut which undoes the result undoes the ack too, and the job runs again.
 * @throws ConfigError for a path that is not a file's.
 */
export function sqliteResults({
  file: path,
  synchronous = "full",
  clock = systemClock,
}: SqliteResultsOptions): ResultStore {
  const file = new SqliteFile(path, synchronous, "results");
  const jointWrites = new JointWrites(file, clock);
  return {
    kind: KIND,
    marks: sqliteMarks(file, clock),
    async put(result, ttlMs) {
      const text = JSON.stringify(result);
      const isRepeatable = file.hasJobs && result.status === "succeeded";
      await jointWrites.add((sql) => put(sql, result, text, { nowAt: clock.now(), ttlMs }), { isRepeatable });
    },
    async get(id) {
      const row = await file.read((sql) =>
        sql.get<{ readonly result: string }>(GET, id, Math.floor(clock.now())),
      );
      return row === undefined ? undefined : (JSON.parse(row.result) as JobResult);
    },
    async prune() {
      const nowAt = Math.floor(clock.now());
      for (let pruned = 0; ; ) {
        const step = await file.write((sql) => sql.run(PRUNE, nowAt));
        pruned += step;
        if (step < PRUNE_STEP) return pruned;
        await new Promise<void>((resolve) => clock.defer(resolve));
      }
    },
    async close() {
      file.close();
    },
  };
}

interface Keeping {
  readonly nowAt: number;
  readonly ttlMs: number;
}

function put(sql: Sql, { id, status }: JobResult, text: string, { nowAt, ttlMs }: Keeping): void {
  const expiresAt = ttlMs === Number.POSITIVE_INFINITY ? null : Math.ceil(nowAt + ttlMs);
  sql.run(PUT, id, status, text, expiresAt, Math.floor(nowAt));
}
