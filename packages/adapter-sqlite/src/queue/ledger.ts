import type { STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/sql.ts";

/** The name of a state a message can be stored in. */
export type StateName = keyof typeof STATE;

const SAVE = `UPDATE queues SET leases = leases + ?, ready = ready + ?, delayed = delayed + ?, leased = leased + ?,
  dead = dead + ? WHERE id = ?`;

/** Notes what one transaction does to the counts of a queue, and writes it down once at its end. */
export class Ledger {
  readonly #queue: number;
  readonly #change = { ready: 0, delayed: 0, leased: 0, dead: 0 };
  #leases = 0;

  constructor(queue: number) {
    this.#queue = queue;
  }

  /** `count` messages changed their state; `undefined` stands for not being stored. */
  move(count: number, from: StateName | undefined, to: StateName | undefined): void {
    if (from !== undefined) this.#change[from] -= count;
    if (to !== undefined) this.#change[to] += count;
  }

  /** The queue's next lease number was used. */
  useLease(): void {
    this.#leases++;
  }

  save(sql: Sql): void {
    const { ready, delayed, leased, dead } = this.#change;
    if (this.#leases === 0 && ready === 0 && delayed === 0 && leased === 0 && dead === 0) return;
    sql.run(SAVE, this.#leases, ready, delayed, leased, dead, this.#queue);
  }
}
