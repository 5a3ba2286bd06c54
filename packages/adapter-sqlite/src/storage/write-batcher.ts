import type { Clock } from "@jobs/core/runtime";

/**
 * Rows that are to be written in one turn of the event loop share one transaction: waiting for the disk costs more than
 * all of them together.
 */
export class WriteBatcher<Row> {
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
