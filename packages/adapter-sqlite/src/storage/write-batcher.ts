import type { Clock } from "@jobs/core/runtime";

/** Writes all rows of one event-loop turn in one transaction, since the wait for the disk costs most. */
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
