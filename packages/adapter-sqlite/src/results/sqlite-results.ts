import { type Clock, type JobResult, type ResultStore, systemClock } from "@jobs/core";
import type { SqlValue } from "../driver/sqlite-driver.ts";
import { JointWrites } from "../storage/joint-writes.ts";
import type { Synchronous } from "../storage/open-connection.ts";
import { ROWS_PER_STATEMENT, textByRows } from "../storage/row-statements.ts";
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
const putRows = textByRows({
  shared: 1,
  own: 4,
  row: (first) => `(?${first}, ?${first + 1}, ?${first + 2}, ?${first + 3})`,
  around: (rows) => `INSERT INTO results (id, status, result, expires_at) VALUES ${rows}
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, result = excluded.result, expires_at = excluded.expires_at
    WHERE results.status <> 'succeeded' OR results.expires_at <= ?1`,
});
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
  const jointWrites = new JointWrites<ResultRow>(clock, (rows, isRepeatable) =>
    file.write((sql) => putAll(sql, rows, clock.now()), { isRepeatable }),
  );
  return {
    kind: KIND,
    marks: sqliteMarks(file, clock),
    async put(result, ttlMs) {
      const { id, status } = result;
      const expiresAt = ttlMs === Number.POSITIVE_INFINITY ? null : Math.ceil(clock.now() + ttlMs);
      const isRepeatable = file.hasJobs && status === "succeeded";
      await jointWrites.add({ id, status, text: JSON.stringify(result), expiresAt }, isRepeatable);
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

/** A result as it is stored. */
interface ResultRow {
  readonly id: string;
  readonly status: string;
  readonly text: string;
  /** `null`: never. */
  readonly expiresAt: number | null;
}

function putAll(sql: Sql, rows: readonly ResultRow[], nowAt: number): void {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const some = rows.slice(from, from + ROWS_PER_STATEMENT);
    const values: SqlValue[] = [Math.floor(nowAt)];
    for (const { id, status, text, expiresAt } of some) values.push(id, status, text, expiresAt);
    sql.run(putRows(some.length), ...values);
  }
}
