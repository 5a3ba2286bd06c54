import type {
  BrokerQueue,
  Capabilities,
  OutgoingMessage,
  PeekOptions,
  PeekPage,
  QueueStats,
  RedriveOptions,
  RemoveResult,
  RestoredMessage,
  ScannedMessage,
  ScanOptions,
  ScanPage,
  SendResult,
  TimedCall,
  TimedSend,
} from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import type { SqlValue } from "../driver/connection.ts";
import { laterBy } from "../storage/bounded.ts";
import { withinTransaction } from "../storage/caller-transaction.ts";
import { bodyInRow, isLarge, storeLargeBody } from "../storage/large-bodies.ts";
import { ROWS_PER_STATEMENT, textByRows } from "../storage/row-statements.ts";
import { rankOf, STATE } from "../storage/schema.ts";
import type { Sql } from "../storage/shared-connection.ts";
import type { WriteOptions } from "../storage/sqlite-file.ts";
import { findMessages, peekMessages, scanMessages } from "./peek-messages.ts";
import { bringAllUpToDate, type Present } from "./promote-due.ts";
import { ensureQueue, type QueueChange, type QueueRow, withQueueCounters } from "./queue-counters.ts";
import { queueStats } from "./queue-stats.ts";
import { redriveStep } from "./redrive-dead.ts";
import { purgeStep, removeMessages } from "./remove-messages.ts";
import { restoreMessages } from "./restore-messages.ts";

const SET_PAUSED = "UPDATE queues SET is_paused = ? WHERE id = ?";

/** A queue of a file, opened for sending and administration. */
export class SqliteQueue implements BrokerQueue {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly #session: BrokerSession;

  constructor(session: BrokerSession, name: string) {
    this.name = name;
    this.capabilities = session.capabilities;
    this.#session = session;
  }

  async send(
    messages: readonly OutgoingMessage[],
    { timeoutMs, transaction }: TimedSend,
  ): Promise<readonly SendResult[]> {
    const { clock, file } = this.#session;
    if (transaction !== undefined) {
      // Its commit wakes waiting receives, as that of another process does.
      return withinTransaction(transaction, file.path, (sql) =>
        sendMessages(sql, this.name, messages, clock.now()),
      );
    }
    const results = await file.write((sql) => sendMessages(sql, this.name, messages, clock.now()), {
      timeoutMs,
      isNewWork: true,
    });
    file.wakeUps.notify(this.name);
    return results;
  }

  async restore(
    messages: readonly RestoredMessage[],
    { timeoutMs }: TimedCall,
  ): Promise<readonly SendResult[]> {
    const { clock, file } = this.#session;
    const results = await file.write(
      (sql) =>
        withQueueCounters(sql, ensureQueue(sql, this.name), (change) =>
          restoreMessages(change, messages, clock.now()),
        ),
      { timeoutMs, isNewWork: true },
    );
    file.wakeUps.notify(this.name);
    return results;
  }

  async stats(): Promise<QueueStats> {
    return this.#session.file.read((sql) => queueStats(sql, this.name, this.#present()));
  }

  async peek(options: PeekOptions): Promise<PeekPage> {
    await this.#promoteDue();
    return this.#session.file.read((sql) => peekMessages(sql, this.name, options));
  }

  async scan(options: ScanOptions): Promise<ScanPage> {
    if (options.cursor === undefined) await this.#promoteDue();
    return this.#session.file.read((sql) => scanMessages(sql, this.name, options));
  }

  find(ids: readonly string[]): Promise<readonly ScannedMessage[]> {
    return this.#session.file.read((sql) => findMessages(sql, this.name, ids));
  }

  async remove(ids: readonly string[]): Promise<readonly RemoveResult[]> {
    await this.#promoteDue();
    return this.#change((change) => removeMessages(change, ids), { needsFile: true });
  }

  async pause(): Promise<void> {
    await this.#change(({ sql, queue }) => sql.run(SET_PAUSED, 1, queue.id));
  }

  async resume(): Promise<void> {
    await this.#change(({ sql, queue }) => sql.run(SET_PAUSED, 0, queue.id));
    this.#session.file.wakeUps.notify(this.name);
  }

  async purge(): Promise<void> {
    await this.#promoteDue();
    await this.#inSteps(() => this.#change(purgeStep, { needsFile: true }));
  }

  async redrive({ limit, ids, bodies, to = this.name }: RedriveOptions): Promise<{ readonly moved: number }> {
    const redrive = { from: this.name, to, ids, bodies, nowAt: this.#present().nowAt };
    let after = 0;
    let moved = 0;
    await this.#inSteps(async () => {
      const step = await this.#session.file.write((sql) => redriveStep(sql, redrive, after, limit - moved), {
        needsFile: true,
      });
      moved += step.moved;
      after = step.last ?? after;
      return step.last === undefined || moved === limit;
    });
    this.#session.file.wakeUps.notify(redrive.to);
    return { moved };
  }

  /** Makes due messages ready in the file, so that they have their real state. */
  #promoteDue(): Promise<void> {
    return this.#inSteps(() =>
      this.#change((change) => bringAllUpToDate(change, this.#present()), { needsFile: true }),
    );
  }

  #change<T>(change: (change: QueueChange) => T, options: WriteOptions = {}): Promise<T> {
    return this.#session.file.write(
      (sql) => withQueueCounters(sql, ensureQueue(sql, this.name), change),
      options,
    );
  }

  /** Repeats `step` until it resolves with `true`; the event loop runs in between. */
  async #inSteps(step: () => Promise<boolean>): Promise<void> {
    while (!(await step())) await new Promise<void>((resolve) => this.#session.clock.defer(resolve));
  }

  #present(): Present {
    return this.#session.leaseClock.present();
  }
}

/** Parameters of each message; all in a statement share queue, due time and priority. */
const OWN_PARAMETERS = 3;

const insertReady = insertInto(STATE.ready, rankOf("?3"));
const insertDelayed = insertInto(STATE.delayed, "0");

/** Stores messages; one with an id that is already stored changes nothing. */
function sendMessages(
  sql: Sql,
  queueName: string,
  messages: readonly OutgoingMessage[],
  nowAt: number,
): readonly SendResult[] {
  const queue = ensureQueue(sql, queueName);
  return withQueueCounters(sql, queue, ({ counters }) => {
    const results: SendResult[] = [];
    while (results.length < messages.length) {
      const alike = alikeFrom(messages, results.length);
      const stored = storeAlike(sql, queue, alike, nowAt);
      let count = 0;
      for (const { id, body } of alike) {
        const seq = stored === "all" ? undefined : stored.get(id);
        const isStored = stored === "all" || stored.delete(id);
        if (isStored) count++;
        if (seq !== undefined) storeLargeBody(sql, seq, body);
        results.push({ status: isStored ? "sent" : "duplicate", messageId: id });
      }
      counters.move(count, undefined, isLater(alike[0]) ? "delayed" : "ready");
    }
    return results;
  });
}

/** The messages that were new: `all`, and none of them large, or the rows by id. */
type Stored = "all" | Map<string, number>;

/** The next messages with the same due time and priority, in order, as many as fit into one statement. */
function alikeFrom(messages: readonly OutgoingMessage[], from: number): readonly OutgoingMessage[] {
  const first = messages[from];
  let end = from + 1;
  const longest = Math.min(messages.length, from + ROWS_PER_STATEMENT);
  while (end < longest && isAlike(messages[end], first)) end++;
  return messages.slice(from, end);
}

function isAlike(a: OutgoingMessage | undefined, b: OutgoingMessage | undefined): boolean {
  return (a?.delayMs ?? 0) === (b?.delayMs ?? 0) && (a?.priority ?? 0) === (b?.priority ?? 0);
}

function isLater(message: OutgoingMessage | undefined): boolean {
  return (message?.delayMs ?? 0) > 0;
}

function storeAlike(sql: Sql, queue: QueueRow, alike: readonly OutgoingMessage[], nowAt: number): Stored {
  const [{ delayMs = 0, priority = 0 } = {}] = alike;
  const insert = delayMs > 0 ? insertDelayed : insertReady;
  const values: SqlValue[] = [queue.id, laterBy(nowAt, delayMs), priority];
  for (const { id, label, body } of alike) values.push(id, label, bodyInRow(body));
  const { count, last } = sql.insert(insert(alike.length), ...values);
  if (count === alike.length && !alike.some(({ body }) => isLarge(body))) return "all";
  if (count === 0) return new Map();
  const rows = sql.all<StoredRow>(ROWS, last - count, last);
  return new Map(rows.map(({ id, seq }) => [id, seq]));
}

interface StoredRow {
  readonly seq: number;
  readonly id: string;
}

const ROWS = "SELECT seq, id FROM messages WHERE seq > ? AND seq <= ?";

function insertInto(state: number, rank: string): (rows: number) => string {
  return textByRows({
    shared: 3,
    own: OWN_PARAMETERS,
    row: (first) => `(?1, ${state}, ${rank}, ?2, ?2, ?3, ?${first}, ?${first + 1}, ?${first + 2})`,
    around: (rows) =>
      `INSERT INTO messages (queue, state, rank, at, due_at, priority, id, label, body) VALUES ${rows}
      ON CONFLICT (queue, id) DO NOTHING`,
  });
}
