import type { Clock } from "@jobs/core";

/**
 * Rows that are to be written in one turn of the event loop share one transaction: waiting for the disk costs more than
 * all of them together.
 */
export class JointWrites<Row> {
  readonly #clock: Clock;
  readonly #write: (rows: readonly Row[], isRepeatable: boolean) => Promise<void>;
  #rows: Row[] = [];
  #isRepeatable = true;
  #commit: Promise<void> | undefined;

  constructor(clock: Clock, write: (rows: readonly Row[], isRepeatable: boolean) => Promise<void>) {
    this.#clock = clock;
    this.#write = write;
  }

  /** Resolves when the file has it; on the disk too, unless everything that came with it is repeatable. */
  add(row: Row, isRepeatable: boolean): Promise<void> {
    this.#rows.push(row);
    this.#isRepeatable &&= isRepeatable;
    this.#commit ??= new Promise((resolve) => this.#clock.defer(() => resolve(this.#flush())));
    return this.#commit;
  }

  #flush(): Promise<void> {
    const rows = this.#rows;
    const isRepeatable = this.#isRepeatable;
    this.#rows = [];
    this.#isRepeatable = true;
    this.#commit = undefined;
    return this.#write(rows, isRepeatable);
  }
}
