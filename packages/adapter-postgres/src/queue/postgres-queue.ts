import { isJobsError } from "@jobs/core";
import {
  type BrokerQueue,
  type Capabilities,
  escapeText,
  type OutgoingMessage,
  type PeekOptions,
  type PeekPage,
  type QueueStats,
  type RedriveOptions,
  type RemoveResult,
  type RestoredMessage,
  type ScannedMessage,
  type SendOptions,
  type SendResult,
  type TimedCall,
  type TimedSend,
} from "@jobs/core/broker";
import type { BrokerSession } from "../broker-session.ts";
import { textArray } from "../connection/array-parameter.ts";
import { queryWithin, readTransactionId } from "../connection/caller-transaction.ts";
import { isOlderSnapshot } from "../connection/postgres-fault.ts";
import type { Statement } from "../connection/postgres-link.ts";
import { STATE } from "../schema/broker-tables.ts";
import { peekMessages } from "./peek-messages.ts";

/** Messages of one statement: far below the time limit of a statement. */
const MAX_SEND = 1_000;

/** Held until the transaction ends. As text, since Prisma reads no `void`. */
const LOCK_KEYS =
  "SELECT pg_advisory_xact_lock(hashtextextended(key, 0))::text AS lock FROM unnest($1::text[]) AS key";

/** So many changes of the counts are added up by whoever sees them. */
const MANY_CHANGES = 200;

/** A queue on Postgres, opened for sending and administration. */
export class PostgresQueue implements BrokerQueue {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly #session: BrokerSession;
  /** The bits of the priorities that the queue in the database knows, or soon does; 0 while it may not exist. */
  #known = 0;
  #entered: Promise<unknown> = Promise.resolve();

  constructor(session: BrokerSession, name: string) {
    this.name = name;
    this.capabilities = session.capabilities;
    this.#session = session;
  }

  async send(messages: readonly OutgoingMessage[], options: TimedSend): Promise<readonly SendResult[]> {
    const { timeoutMs, transaction } = options;
    if (transaction !== undefined) return this.#sendWithin(transaction, messages, options);
    const results: SendResult[] = [];
    while (results.length < messages.length) {
      const part = messages.slice(results.length, results.length + MAX_SEND);
      try {
        results.push(...(await this.#sendPart(part, timeoutMs)));
      } catch (error) {
        if (results.length === 0 || !isJobsError(error)) throw error;
        const failed: SendResult = { status: "failed", error };
        return [...results, ...messages.slice(results.length).map(() => failed)];
      }
    }
    return results;
  }

  async restore(
    messages: readonly RestoredMessage[],
    { timeoutMs }: TimedCall,
  ): Promise<readonly SendResult[]> {
    const { link, statements } = this.#session;
    const { rows } = await link.query<{ readonly restore_messages: readonly string[] }>(
      statements.restore,
      [this.name, ...restoredColumns(messages)],
      { timeoutMs, isSend: true },
    );
    const left = new Set(rows[0]?.restore_messages);
    return messages.map(({ id }) => ({ status: left.delete(id) ? "sent" : "duplicate", messageId: id }));
  }

  async stats(): Promise<QueueStats> {
    const { link, statements } = this.#session;
    const { rows } = await link.query<StatsRow>(statements.stats, [this.name]);
    const row = rows[0];
    if (Number(row?.changes) > MANY_CHANGES) this.#session.countFolder.fold();
    const exactly = (n: string | undefined) => ({ n: Math.max(0, Number(n ?? 0)), exact: true });
    return {
      ready: exactly(row?.ready),
      delayed: exactly(row?.delayed),
      leased: exactly(row?.leased),
      dead: exactly(row?.dead),
      entered: exactly(row?.entered),
      oldestReadyMs: row === undefined || row.oldest_ms === null ? null : Number(row.oldest_ms),
      isPaused: row?.is_paused ?? false,
    };
  }

  async peek(options: PeekOptions): Promise<PeekPage> {
    await this.#promoteDue();
    return peekMessages(this.#session, this.name, options);
  }

  async find(ids: readonly string[]): Promise<readonly ScannedMessage[]> {
    const { link, statements } = this.#session;
    const { rows } = await link.query<FoundRow>(statements.find, [this.name, ids]);
    return rows.map(({ id, body }) => ({ messageId: id, body }));
  }

  async remove(ids: readonly string[]): Promise<readonly RemoveResult[]> {
    await this.#promoteDue();
    const { link, statements } = this.#session;
    const { rows } = await link.query<{ readonly id: string; readonly state: number }>(statements.remove, [
      this.name,
      [...new Set(ids)].sort(),
    ]);
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    return ids.map((id) => {
      const state = states.get(id);
      if (state === undefined) return { id, status: "not_found" };
      if (state === STATE.leased) return { id, status: "leased" };
      // Its second mention finds nothing.
      states.delete(id);
      return { id, status: "removed" };
    });
  }

  async pause(): Promise<void> {
    await this.#session.link.query(this.#session.statements.pause, [this.name, true]);
  }

  async resume(): Promise<void> {
    await this.#session.link.query(this.#session.statements.pause, [this.name, false]);
  }

  async purge(): Promise<void> {
    await this.#promoteDue();
    while ((await this.#count(this.#session.statements.purge, [this.name])) > 0);
  }

  async redrive({ limit, ids, bodies, to = this.name }: RedriveOptions): Promise<{ readonly moved: number }> {
    const changed = bodies && ids?.map((id) => bodies.get(id) ?? null);
    for (let moved = 0; ; ) {
      const most = Math.min(limit - moved, 2 ** 31 - 1);
      const step =
        most <= 0
          ? 0
          : await this.#count(this.#session.statements.redrive, [
              this.name,
              to,
              ids ?? null,
              most,
              changed ?? null,
            ]);
      moved += step;
      if (step === 0) return { moved };
    }
  }

  async #sendPart(messages: readonly OutgoingMessage[], timeoutMs: number): Promise<readonly SendResult[]> {
    const { link, statements } = this.#session;
    const options = { timeoutMs, isSend: true };
    const values = this.#sendValues(messages, textArray);
    const { rows } = await link.query<SendRow>(statements.send, values, options);
    return sentResults(messages, rows[0]);
  }

  /** With the caller's transaction: all of it commits, or none. */
  async #sendWithin(
    transaction: object,
    messages: readonly OutgoingMessage[],
    { orderKeys = [], transactionId: id = readTransactionId(transaction) }: SendOptions,
  ): Promise<readonly SendResult[]> {
    const { link, statements } = this.#session;
    await this.#ensureKnown(messages);
    // In one order, so that two such sends never wait for each other.
    const keys = [...new Set(orderKeys)].sort().map((key) => `${this.name} ${escapeText(key)}`);
    const locks = keys.length > 0 ? [{ text: LOCK_KEYS, values: [keys] }] : [];
    const [name, ...values] = this.#sendValues(messages, (texts) => texts);
    const target = { transaction, id, address: link.address };
    const send = ({ text }: Statement, queue: unknown) =>
      queryWithin<SendRow>(target, [...locks, { text, values: [queue, ...values] }]);
    const row = await send(statements.send, name).catch(async (error: unknown) => {
      if (!isOlderSnapshot(error)) throw error;
      // Its snapshot may be older than the queue. The number is read anew, since the tables may be new ones.
      return send(statements.sendTo, await this.#enter(prioritiesOf(messages)));
    });
    return sentResults(messages, row);
  }

  /**
   * Makes the queue, and enters new priorities, outside of the caller's transaction. Else its row would stay uncommitted
   * until the end of the first one. Every other send to a new queue or of a new priority would wait for that. Sends at
   * the same time wait for one answer, so that they go on in their order.
   */
  #ensureKnown(messages: readonly OutgoingMessage[]): Promise<unknown> {
    const priorities = prioritiesOf(messages);
    const needed = priorities.reduce((bits, priority) => bits | (1 << priority), 0);
    if ((needed & ~this.#known) === 0) return this.#entered;
    this.#known |= needed;
    this.#entered = Promise.all([this.#entered, this.#enter(priorities)]).catch((error: unknown) => {
      this.#known = 0;
      this.#entered = Promise.resolve();
      throw error;
    });
    return this.#entered;
  }

  /** Makes the queue if it is new, and enters priorities in it. Returns its number. */
  async #enter(priorities: readonly number[]): Promise<number> {
    const { link, statements } = this.#session;
    const none = textArray([]);
    const values = [this.name, none, none, none, null, priorities];
    const { rows } = await link.query<SendRow>(statements.send, values, { isSend: true });
    return Number(rows[0]?.send_messages?.[0]);
  }

  /** `arrayOf` makes the parameter of some texts. */
  #sendValues(
    messages: readonly OutgoingMessage[],
    arrayOf: (texts: readonly string[]) => unknown,
  ): readonly unknown[] {
    const isDelayed = messages.some(({ delayMs = 0 }) => delayMs > 0);
    const hasPriority = messages.some(({ priority = 0 }) => priority > 0);
    return [
      this.name,
      arrayOf(messages.map(({ id }) => id)),
      arrayOf(messages.map(({ label }) => escapeText(label))),
      arrayOf(messages.map(({ body }) => body)),
      isDelayed ? messages.map(({ delayMs = 0 }) => delayMs) : null,
      hasPriority ? messages.map(({ priority = 0 }) => priority) : null,
    ];
  }

  /** Makes due messages ready in the table, so that they have their real state. */
  async #promoteDue(): Promise<void> {
    while ((await this.#count(this.#session.statements.promote, [this.name])) > 0);
  }

  async #count(statement: Statement, values: readonly unknown[]): Promise<number> {
    const { rows } = await this.#session.link.query<Readonly<Record<string, number>>>(statement, values);
    return Object.values(rows[0] ?? {})[0] ?? 0;
  }
}

function prioritiesOf(messages: readonly OutgoingMessage[]): readonly number[] {
  return [...new Set(messages.map(({ priority = 0 }) => priority))];
}

/** The ids that were new; `null` for all. Of a call without messages: the number of the queue. */
interface SendRow {
  readonly send_messages: readonly string[] | null;
}

function sentResults(messages: readonly OutgoingMessage[], row: SendRow | undefined): readonly SendResult[] {
  const stored = row?.send_messages ?? undefined;
  const left = stored && new Set(stored);
  return messages.map(({ id }) => ({
    status: left === undefined || left.delete(id) ? "sent" : "duplicate",
    messageId: id,
  }));
}

/** The parameters of `restore_messages` after the queue: one array for each column. */
function restoredColumns(messages: readonly RestoredMessage[]): readonly (readonly unknown[])[] {
  return [
    messages.map(({ id }) => id),
    messages.map(({ label }) => escapeText(label)),
    messages.map(({ body }) => body),
    messages.map(({ delayMs = 0 }) => delayMs),
    messages.map(({ priority = 0 }) => priority),
    messages.map(({ deliveryCount }) => deliveryCount),
    messages.map(({ failureCount }) => failureCount),
    messages.map(({ crashCount }) => crashCount),
    messages.map(({ redrives }) => redrives),
    messages.map(({ lastError }) => (lastError === undefined ? null : escapeText(lastError))),
    messages.map(({ dead }) => dead?.reason ?? null),
    messages.map(({ dead }) => dead?.at ?? null),
    messages.map(({ dead }) => (dead?.error === undefined ? null : JSON.stringify(dead.error))),
  ];
}

interface FoundRow {
  readonly id: string;
  readonly body: string;
}

interface StatsRow {
  readonly ready: string;
  readonly delayed: string;
  readonly leased: string;
  readonly dead: string;
  readonly entered: string;
  readonly oldest_ms: string | null;
  readonly is_paused: boolean;
  /** Changes of the counts that are not added up yet. */
  readonly changes: string;
}
