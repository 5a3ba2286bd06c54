import type { Clock } from "@jobs/core";
import type { Sql } from "./sql.ts";
import type { SqliteFile, WriteOptions } from "./sqlite-file.ts";

/**
 * Writes that are asked for in one turn of the event loop share one transaction: waiting for the disk costs more than
 * all of them together.
 */
export class JointWrites {
  readonly #file: SqliteFile;
  readonly #clock: Clock;
  #works: ((sql: Sql) => void)[] = [];
  #isRepeatable = true;
  #commit: Promise<void> | undefined;

  constructor(file: SqliteFile, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Resolves when the file has it; on the disk too, unless everything that came with it is repeatable. */
  add(work: (sql: Sql) => void, { isRepeatable = false }: Pick<WriteOptions, "isRepeatable">): Promise<void> {
    this.#works.push(work);
    this.#isRepeatable &&= isRepeatable;
    this.#commit ??= new Promise((resolve) => this.#clock.defer(() => resolve(this.#write())));
    return this.#commit;
  }

  #write(): Promise<void> {
    const works = this.#works;
    const options = { isRepeatable: this.#isRepeatable };
    this.#works = [];
    this.#isRepeatable = true;
    this.#commit = undefined;
    return this.#file.write((sql) => {
      for (const work of works) work(sql);
    }, options);
  }
}
