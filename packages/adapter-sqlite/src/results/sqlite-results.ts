import { existsSync } from "node:fs";
import { type ResultStore, readResult, UNTIL_REMOVED_MS } from "@jobs/core/broker";
import { type Clock, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import type { SqlValue } from "../driver/connection.ts";
import type { SqliteDriver } from "../driver/sqlite-driver.ts";
import type { Synchronous } from "../storage/open-connection.ts";
import { ROWS_PER_STATEMENT, textByRows } from "../storage/row-statements.ts";
import { KIND, type Sql } from "../storage/shared-connection.ts";
import { sqliteCoordination } from "../storage/sqlite-coordination.ts";
import { DRIVER_RULE, FILE_RULE, SqliteFile, SYNCHRONOUS_RULE } from "../storage/sqlite-file.ts";
import { resultText } from "./result-text.ts";

/** Options of {@link sqliteResults}. */
export interface SqliteResultsOptions {
  /** Path of the database; may be the broker's own file. */
  readonly file: string;
  /** Whether a write waits for the disk, as in `SqliteOptions`. Default `full`. */
  readonly synchronous?: Synchronous;
  /** As in the broker. */
  readonly driver?: SqliteDriver;
  /** The clock for expiry. Default: the machine's. */
  readonly clock?: Clock;
}

/** Rows in one step: few enough to block the event loop only for some ms. */
const PRUNE_STEP = 2_000;

/** A kept success stays until another job with its id ends: a second run must not change it. */
const putRows = textByRows({
  shared: 1,
  own: 5,
  row: (first) => `(?${first}, ?${first + 1}, ?${first + 2}, ?${first + 3}, ?${first + 4})`,
  around: (rows) => `INSERT INTO results (id, status, result, expires_at, enqueued_at) VALUES ${rows}
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, result = excluded.result, expires_at = excluded.expires_at, enqueued_at = excluded.enqueued_at
    WHERE results.status <> 'succeeded' OR results.expires_at <= ?1 OR results.enqueued_at IS NOT excluded.enqueued_at`,
});
const GET = "SELECT result FROM results WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)";
const PRUNE = `DELETE FROM results WHERE seq IN (
  SELECT seq FROM results WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ${PRUNE_STEP})`;

const checkOptions = optionsCheck<SqliteResultsOptions>({
  file: FILE_RULE,
  synchronous: SYNCHRONOUS_RULE,
  driver: DRIVER_RULE,
  clock: optionRules.clock,
});

/**
 * Keeps results in a SQLite file. Results of one turn of the event loop are written together. If the job is in the
 * same file, its result is committed with its ack, or earlier. So both are stored, or the job runs again.
 * @throws ConfigError when `file` is not the path of a file, `driver` is not the process's, or for another wrong option.
 */
export function sqliteResults(options: SqliteResultsOptions): ResultStore {
  checkOptions(options, "sqliteResults()");
  const { file: path, synchronous = "full", driver, clock = systemClock } = options;
  const file = new SqliteFile(path, { synchronous, driver });
  const write = (sql: Sql, rows: readonly ResultRow[]) => putAll(sql, rows, clock.now());
  const jointWrites = new WriteBatcher<ResultRow>(clock, (rows) => file.write((sql) => write(sql, rows)));
  let aboard: ResultRow[] = [];

  /** A success is reported only after the ack, so its result may be written with the ack. */
  function sendAlong(row: ResultRow): void {
    if (aboard.push(row) > 1) return;
    file.join({
      write: (sql) => write(sql, aboard),
      arrived: () => {
        aboard = [];
      },
    });
  }

  return {
    kind: KIND,
    reach: "machine",
    absence: () => (existsSync(file.path) ? undefined : `${file.path} does not exist`),
    coordination: sqliteCoordination(file, clock),
    async put(result, ttlMs) {
      const { id, status, enqueuedAt = null } = result;
      const expiresAt = ttlMs > UNTIL_REMOVED_MS ? null : Math.ceil(clock.now() + ttlMs);
      const row = { id, status, text: resultText(result), expiresAt, enqueuedAt };
      if (status === "succeeded" && file.leased.has(id)) sendAlong(row);
      else await jointWrites.add(row);
    },
    async get(id) {
      const row = await file.read((sql) =>
        sql.get<{ readonly result: string }>(GET, id, Math.floor(clock.now())),
      );
      return row === undefined ? undefined : readResult(id, row.result);
    },
    async prune() {
      const nowAt = Math.floor(clock.now());
      for (let pruned = 0; ; ) {
        const step = await file.write((sql) => sql.run(PRUNE, nowAt), { needsFile: true });
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

/** A stored result. */
interface ResultRow {
  readonly id: string;
  readonly status: string;
  readonly text: string;
  /** In ms since 1970; `null`: never. */
  readonly expiresAt: number | null;
  /** In ms since 1970; `null`: not known. */
  readonly enqueuedAt: number | null;
}

function putAll(sql: Sql, rows: readonly ResultRow[], nowAt: number): void {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const some = rows.slice(from, from + ROWS_PER_STATEMENT);
    const values: SqlValue[] = [Math.floor(nowAt)];
    for (const { id, status, text, expiresAt, enqueuedAt } of some)
      values.push(id, status, text, expiresAt, enqueuedAt);
    sql.run(putRows(some.length), ...values);
  }
}

/** Writes all rows of one event-loop turn in one transaction, since the wait for the disk costs most. */
class WriteBatcher<Row> {
  readonly #clock: Clock;
  readonly #write: (rows: readonly Row[]) => Promise<void>;
  #rows: Row[] = [];
  #commit: Promise<void> | undefined;

  constructor(clock: Clock, write: (rows: readonly Row[]) => Promise<void>) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Resolves when the row is written. */
  add(row: Row): Promise<void> {
    this.#rows.push(row);
    this.#commit ??= new Promise((resolve) => this.#clock.defer(() => resolve(this.#flush())));
    return this.#commit;
  }

  #flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    this.#commit = undefined;
    return this.#write(rows);
  }
}
