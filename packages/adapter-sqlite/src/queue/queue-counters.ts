import { BrokerUnavailableError } from "@jobs/core";
import { bounded, raised } from "../storage/bounded.ts";
import { STATE } from "../storage/schema.ts";
import { KIND, type Sql } from "../storage/shared-connection.ts";

/** The name of a state a message can be stored in. */
export type StateName = keyof typeof STATE;

const STATES = Object.keys(STATE) as readonly StateName[];
const COUNTS = [...STATES, "entered"] as const;
const saveBy = (change: (name: string) => string) =>
  `UPDATE queues SET last_number = ?, ${COUNTS.map((name) => `${name} = ${change(name)}`).join(", ")} WHERE id = ?`;
const SAVE = saveBy((name) => `${name} + ?`);
const SAVE_EDITED = saveBy((name) => raised(name, "?"));
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

  /** The number of messages in that state, with the changes so far. */
  count(name: StateName): number {
    return this.#queue[name] + this.#change[name];
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
    const save = this.#queue.isEdited ? SAVE_EDITED : SAVE;
    sql.run(save, this.#lastNumber, ready, delayed, leased, dead, this.#entered, this.#queue.id);
    if (STATES.some((name) => this.count(name) < 0)) this.doubt();
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
  /** A stored number was none that this package writes; the numbers here are the nearest possible. */
  readonly isEdited?: true;
}

const NUMBERS = ["last_number", ...COUNTS] as const;
const findBy = (column: (name: string) => string) =>
  `SELECT id, is_paused <> 0 AS is_paused, ${NUMBERS.map(column).join(", ")} FROM queues WHERE name = ?`;
const FIND = findBy((name) => name);
const FIND_EDITED = findBy((name) => `${bounded(name)} AS ${name}`);

/** Up to it, numbers grow without the check that no sum is too large, which takes SQLite longer than the sum. */
const LARGEST_UNCHECKED = 2 ** 52;
const CREATE = "INSERT INTO queues (name) VALUES (?)";

/** `undefined` until a message was stored in the queue: reading does not create it. */
export function findQueue(sql: Sql, name: string): QueueRow | undefined {
  try {
    const row = sql.get<QueueRow>(FIND, name);
    if (row === undefined || NUMBERS.every((key) => isUnchecked(row[key]))) return row;
  } catch {
    // A driver refuses a number that JavaScript cannot represent. Other errors come again.
  }
  const edited = sql.get<QueueRow>(FIND_EDITED, name);
  return edited && { ...edited, isEdited: true };
}

function isUnchecked(value: number): boolean {
  return value >= 0 && value <= LARGEST_UNCHECKED;
}

/** The queue with this name, created if it is new. */
export function ensureQueue(sql: Sql, name: string): QueueRow {
  const known = findQueue(sql, name);
  if (known !== undefined) return known;
  sql.run(CREATE, name);
  return findQueue(sql, name) as QueueRow;
}
