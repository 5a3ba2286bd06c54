import { BrokerUnavailableError } from "@jobs/core";
import { bounded, raised } from "../storage/bounded.ts";
import { STATE } from "../storage/schema.ts";
import { KIND, type Sql } from "../storage/shared-connection.ts";

/** The name of a state a message can be stored in. */
export type StateName = keyof typeof STATE;

const STATES = Object.keys(STATE) as readonly StateName[];
const SAVE = `UPDATE queues SET last_number = ?, ${STATES.map((name) => `${name} = ${raised(name, "?")}`).join(", ")},
  entered = ${raised("entered", "?")} WHERE id = ?`;
const countOf = (name: StateName) =>
  `${name} = (SELECT count(*) FROM messages WHERE queue = queues.id AND state = ${STATE[name]})`;
const RECOUNT = `UPDATE queues SET ${STATES.map(countOf).join(", ")} WHERE id = ?`;

/** Collects the changes of one transaction to a queue's counters, and saves them once at its end. */
export class QueueCounters {
  readonly #queue: QueueRow;
  readonly #change = { ready: 0, delayed: 0, leased: 0, dead: 0 };
  #lastNumber: number;
  #entered = 0;
  #isDoubtful = false;

  constructor(queue: QueueRow) {
    this.#queue = queue;
    this.#lastNumber = queue.last_number;
  }

  /** `count` messages changed their state; `undefined` means not stored. */
  move(count: number, from: StateName | undefined, to: StateName | undefined): void {
    if (from === undefined) this.#entered += count;
    else this.#change[from] -= count;
    if (to !== undefined) this.#change[to] += count;
  }

  /** Call it when the stored counts are wrong. They are counted again at the end, in 50 ms for a million messages. */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /**
   * A new number, higher than all earlier ones of this queue.
   * @throws BrokerUnavailableError when somebody edited the last number to the largest possible
   */
  nextNumber(): number {
    if (++this.#lastNumber < Number.MAX_SAFE_INTEGER) return this.#lastNumber;
    throw new BrokerUnavailableError({ broker: KIND }, "a queue has used up all numbers of leases.", {
      hint: "Set last_number in the table queues back to a number that is higher than each lease and rank in messages.",
      retryable: false,
    });
  }

  /** Writes the changes, if there are any. */
  save(sql: Sql): void {
    const { ready, delayed, leased, dead } = this.#change;
    const isUnchanged = ready === 0 && delayed === 0 && leased === 0 && dead === 0;
    if (isUnchanged && !this.#isDoubtful && this.#lastNumber === this.#queue.last_number) return;
    sql.run(SAVE, this.#lastNumber, ready, delayed, leased, dead, this.#entered, this.#queue.id);
    if (STATES.some((name) => this.#queue[name] + this.#change[name] < 0)) this.doubt();
    if (this.#isDoubtful) sql.run(RECOUNT, this.#queue.id);
  }
}

/** A queue within one transaction that changes it. */
export interface QueueChange {
  readonly sql: Sql;
  readonly queue: QueueRow;
  readonly counters: QueueCounters;
}

/** Runs `change` with the counters of the queue, and saves what it has counted. */
export function withQueueCounters<T>(sql: Sql, queue: QueueRow, change: (change: QueueChange) => T): T {
  const counters = new QueueCounters(queue);
  const result = change({ sql, queue, counters });
  counters.save(sql);
  return result;
}

/** A stored queue with its counts. */
export interface QueueRow {
  readonly id: number;
  readonly is_paused: number;
  readonly last_number: number;
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
  readonly entered: number;
}

const NUMBERS = ["last_number", "ready", "delayed", "leased", "dead", "entered"];
const FIND = `SELECT id, is_paused <> 0 AS is_paused, ${NUMBERS.map((name) => `${bounded(name)} AS ${name}`).join(", ")}
  FROM queues WHERE name = ?`;
const CREATE = "INSERT INTO queues (name) VALUES (?)";

/** `undefined` until a message was stored in the queue: reading does not create it. */
export function findQueue(sql: Sql, name: string): QueueRow | undefined {
  return sql.get<QueueRow>(FIND, name);
}

/** The queue with this name, created if it is new. */
export function ensureQueue(sql: Sql, name: string): QueueRow {
  const known = findQueue(sql, name);
  if (known !== undefined) return known;
  sql.run(CREATE, name);
  return findQueue(sql, name) as QueueRow;
}
