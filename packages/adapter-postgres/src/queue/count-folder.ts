import { systemClock } from "@jobs/core/runtime";
import type { PostgresLink, Statement } from "../connection/postgres-link.ts";
import { PATIENCE } from "../receive/due-times.ts";
import type { ReadyRange } from "../receive/ready-range.ts";

/** Calls of this process after which the changes of the counts are added up. */
const CALLS = 500;

/** The shortest time between two times, in ms: each leaves a dead row in the counts. */
const REST_MS = 1_000;

/**
 * Adds the changes of the counts up now and then, so that `stats` has few to read. It also stores where this process
 * looks for messages.
 */
export class CountFolder {
  readonly #link: PostgresLink;
  readonly #statement: Statement;
  readonly #ranges: ReadonlyMap<string, ReadyRange>;
  #calls = 0;
  #nextAt = 0;

  constructor(link: PostgresLink, statement: Statement, ranges: ReadonlyMap<string, ReadyRange>) {
    this.#ranges = ranges;
    this.#link = link;
    this.#statement = statement;
  }

  /** Notes a call that has changed the counts. */
  note(): void {
    if (++this.#calls >= CALLS) this.fold();
  }

  /** Adds them up beside other calls, unless it is too early. A failure is made up for by the next time. */
  fold(): void {
    const startedAt = systemClock.monotonic();
    if (startedAt < this.#nextAt) return;
    this.#calls = 0;
    this.#nextAt = Number.POSITIVE_INFINITY;
    const done = () => {
      const now = systemClock.monotonic();
      this.#nextAt = now + Math.max(REST_MS, PATIENCE * (now - startedAt));
    };
    const looked = [...this.#ranges].filter(([, { since }]) => since > 0);
    const values = [
      looked.map(([name]) => name),
      looked.flatMap(([, { lows }]) => lows),
      looked.map(([, { since }]) => since),
    ];
    this.#link.query(this.#statement, values).then(done, done);
  }
}
