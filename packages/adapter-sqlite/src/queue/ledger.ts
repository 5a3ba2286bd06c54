import type { STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/sql.ts";
import type { QueueRow } from "./queue-row.ts";

/** The name of a state a message can be stored in. */
export type StateName = keyof typeof STATE;

const SAVE = `UPDATE queues SET last_number = ?, ready = ready + ?, delayed = delayed + ?, leased = leased + ?,
  dead = dead + ?, entered = entered + ? WHERE id = ?`;

/** Notes what one transaction does to a queue as a whole, and writes it down once at its end. */
export class Ledger {
  readonly #queue: QueueRow;
  readonly #change = { ready: 0, delayed: 0, leased: 0, dead: 0 };
  #lastNumber: number;
  #entered = 0;

  constructor(queue: QueueRow) {
    this.#queue = queue;
    this.#lastNumber = queue.last_number;
  }

  /** `count` messages changed their state; `undefined` stands for not being stored. */
  move(count: number, from: StateName | undefined, to: StateName | undefined): void {
    if (from === undefined) this.#entered += count;
    else this.#change[from] -= count;
    if (to !== undefined) this.#change[to] += count;
  }

  /** A number that this queue has never given out before, higher than all of them. */
  nextNumber(): number {
    return ++this.#lastNumber;
  }

  save(sql: Sql): void {
    const { ready, delayed, leased, dead } = this.#change;
    const isUnchanged = ready === 0 && delayed === 0 && leased === 0 && dead === 0;
    if (isUnchanged && this.#lastNumber === this.#queue.last_number) return;
    sql.run(SAVE, this.#lastNumber, ready, delayed, leased, dead, this.#entered, this.#queue.id);
  }
}

/** A queue within one transaction that changes it. */
export interface QueueChange {
  readonly sql: Sql;
  readonly queue: QueueRow;
  readonly ledger: Ledger;
}

/** Runs `change` with a ledger of the queue, and saves what it noted. */
export function withLedger<T>(sql: Sql, queue: QueueRow, change: (change: QueueChange) => T): T {
  const ledger = new Ledger(queue);
  const result = change({ sql, queue, ledger });
  ledger.save(sql);
  return result;
}
