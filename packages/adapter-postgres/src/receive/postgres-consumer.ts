import {
  type BrokerConsumer,
  type Capabilities,
  type CompleteOptions,
  type ConsumerOptions,
  type Delivery,
  type ExtendResult,
  escapeText,
  LeaseLostError,
  type SettledAndReceived,
  type Settlement,
  type SettleResult,
  type TimedCall,
  type TimedReceive,
} from "@jobs/core/broker";
import { createSharedAbort, joinSignals, keepAliveClock, withJoinedSignals } from "@jobs/core/runtime";
import type { BrokerSession } from "../broker-session.ts";
import { ABORT_MS } from "../capabilities.ts";
import { queryWithin, readTransactionId } from "../connection/caller-transaction.ts";
import { runNextBatch } from "./next-batch.ts";
import { parseReceipt } from "./receipt.ts";
import { type BatchAnswer, LOCKED } from "./receive-batch.ts";

/** How often a waiting receive looks for messages where a notification wakes it, in ms. */
const HEARD_POLL_MS = 1_000;

/** The same without notifications, in ms. */
const POLL_MS = 100;

/** Large enough that a call shares its fixed cost among many jobs. Chosen by reasoning; see ADR 64. */
const SHARED_RECEIVE = 50;

/** A queue on Postgres, opened for receiving. */
export class PostgresConsumer implements BrokerConsumer {
  readonly queue: string;
  readonly capabilities: Capabilities;
  readonly sharedReceive = SHARED_RECEIVE;
  readonly #session: BrokerSession;
  readonly #queueId: number;
  readonly #leaseMs: number;
  readonly #holder: string | null;
  readonly #isOrdered: boolean;
  /** Deliveries whose rows were changed after their leases began, and so are at another place. */
  readonly #moved = new WeakSet<Delivery>();
  readonly #closing = createSharedAbort();
  /** Aborts when this consumer or its broker closes. */
  readonly #closed: AbortSignal;

  constructor(
    session: BrokerSession,
    queue: { readonly name: string; readonly id: number },
    { leaseMs, holder, isOrdered = false }: ConsumerOptions,
  ) {
    this.queue = queue.name;
    this.capabilities = session.capabilities;
    this.#session = session;
    this.#queueId = queue.id;
    this.#leaseMs = leaseMs;
    this.#holder = holder === undefined ? null : escapeText(holder);
    this.#isOrdered = isOrdered;
    this.#closed = joinSignals([this.#closing.signal, session.closed]).signal;
  }

  async receive(options: TimedReceive): Promise<readonly Delivery[]> {
    return this.#received(options, this.#giveUpAt(options));
  }

  async settle(
    settlements: readonly Settlement[],
    { timeoutMs }: TimedCall,
  ): Promise<readonly SettleResult[]> {
    return (await this.#batch(settlements, 0, timeoutMs)).settled;
  }

  async settleAndReceive(
    settlements: readonly Settlement[],
    options: TimedReceive,
  ): Promise<SettledAndReceived> {
    const { max, signal, waitMs, timeoutMs } = options;
    const giveUpAt = this.#giveUpAt(options);
    const isEnded = signal.aborted || this.#closed.aborted;
    const answer = await this.#batch(settlements, isEnded ? 0 : max, timeoutMs);
    if (answer.received.length > 0 || waitMs === 0) return answer;
    // The settlements are done, even when the server fails during the wait.
    return {
      settled: answer.settled,
      received: await this.#received(options, giveUpAt, answer).catch(() => []),
    };
  }

  async extend(
    deliveries: readonly Delivery[],
    leaseMs: number,
    { timeoutMs }: TimedCall,
  ): Promise<readonly ExtendResult[]> {
    const { link, statements } = this.#session;
    const leaseUntil = this.#session.clock.monotonic() + leaseMs;
    for (const delivery of deliveries) this.#moved.add(delivery);
    const keys = deliveries
      .flatMap(({ receipt }, index) => {
        const key = parseReceipt(receipt);
        return key === undefined ? [] : [{ ...key, index }];
      })
      .sort((one, other) => (one.id < other.id ? -1 : 1));
    const values = [this.queue, keys.map(({ id }) => id), keys.map(({ lease }) => lease), leaseMs];
    const { rows } = await link.query<{ readonly extend_leases: readonly string[] }>(
      statements.extend,
      values,
      {
        timeoutMs,
      },
    );
    const results: ExtendResult[] = deliveries.map(() => ({ status: "lost" }));
    for (const number of rows[0]?.extend_leases.map(Number) ?? []) {
      const key = keys[Math.abs(number) - 1];
      if (key !== undefined) results[key.index] = number > 0 ? { status: "extended", leaseUntil } : LOCKED;
    }
    return results;
  }

  async complete(
    delivery: Delivery,
    value: string,
    { transaction }: CompleteOptions,
  ): Promise<"completed" | "lost"> {
    const { link, statements } = this.#session;
    this.#moved.add(delivery);
    const key = parseReceipt(delivery.receipt);
    if (key === undefined) return "lost";
    const heldTo = { transaction, id: readTransactionId(transaction), address: link.address };
    const values = [this.queue, key.id, key.lease, value];
    const row = await queryWithin<{ readonly complete_lease: boolean }>(heldTo, [
      { text: statements.complete.text, values },
    ]);
    return row.complete_lease ? "completed" : "lost";
  }

  async isCompleted({ receipt, messageId }: Delivery): Promise<boolean> {
    const { link, statements } = this.#session;
    const { id = "" } = parseReceipt(receipt) ?? {};
    const { rows } = await link.query<{ readonly is_completed: boolean | null }>(statements.isCompleted, [
      this.queue,
      id,
    ]);
    const isCompleted = rows[0]?.is_completed ?? null;
    if (isCompleted === null) throw new LeaseLostError(messageId);
    return isCompleted;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  #batch(settlements: readonly Settlement[], max: number, timeoutMs: number): Promise<BatchAnswer> {
    return runNextBatch(this.#session, {
      queue: this.queue,
      queueId: this.#queueId,
      settlements,
      max: Math.min(max, this.capabilities.maxReceive),
      leaseMs: this.#leaseMs,
      holder: this.#holder,
      isOrdered: this.#isOrdered,
      areInPlace: settlements.every(({ delivery }) => !this.#moved.has(delivery)),
      timeoutMs,
    });
  }

  /** Counted from the call on: the first look may take long. */
  #giveUpAt({ waitMs }: TimedReceive): number {
    return this.#session.clock.monotonic() + waitMs;
  }

  /** Receives ready messages, or waits for some after an answer without any. */
  #received(options: TimedReceive, giveUpAt: number, answer?: BatchAnswer): Promise<readonly Delivery[]> {
    return withJoinedSignals([options.signal, this.#closed], async (ended) => {
      if (ended.aborted) return [];
      const first = answer ?? (await this.#claim(options, ended));
      if (first.received.length > 0 || options.waitMs === 0) return first.received;
      return this.#wait(options, giveUpAt, ended, first);
    });
  }

  async #wait(
    options: TimedReceive,
    giveUpAt: number,
    ended: AbortSignal,
    first: BatchAnswer,
  ): Promise<readonly Delivery[]> {
    const { notifications } = this.#session;
    const range = this.#session.rangeOf(this.queue);
    const listener = notifications.listen(this.#queueId, (seq) => range.lower(seq));
    ended.addEventListener("abort", listener.wake, { once: true });
    try {
      for (let last = first; !ended.aborted; ) {
        const leftMs = giveUpAt - this.#session.clock.monotonic();
        if (leftMs <= 0) return [];
        const pollMs = notifications.isHeard(this.#queueId) ? HEARD_POLL_MS : POLL_MS;
        await listener.rest(Math.min(leftMs, pollMs, Math.max(last.nextMs, 1)));
        if (ended.aborted) return [];
        last = await this.#claim(options, ended);
        if (last.received.length > 0) return last.received;
      }
      return [];
    } finally {
      ended.removeEventListener("abort", listener.wake);
      listener.leave();
    }
  }

  /** Never rejects after `ended`. If the answer then takes too long, its messages are released when they arrive. */
  async #claim({ max, timeoutMs }: TimedReceive, ended: AbortSignal): Promise<BatchAnswer> {
    const batch = this.#batch([], max, timeoutMs);
    let cancel: () => void = () => {};
    const late = new Promise<"late">((resolve) => {
      const wait = () => {
        cancel = keepAliveClock.schedule(ABORT_MS - 100, () => resolve("late"));
      };
      ended.addEventListener("abort", wait, { once: true });
      if (ended.aborted) wait();
      batch.then(
        () => ended.removeEventListener("abort", wait),
        () => ended.removeEventListener("abort", wait),
      );
    });
    try {
      const answer = await Promise.race([batch, late]);
      if (answer !== "late") return answer;
      void batch.then(({ received }) => this.#release(received)).catch(() => {});
    } catch (error) {
      if (!ended.aborted) throw error;
    } finally {
      cancel();
    }
    return { settled: [], received: [], nextMs: Number.POSITIVE_INFINITY };
  }

  async #release(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const released = deliveries.map((delivery) => ({ delivery, action: "release" as const }));
    await this.#batch(released, 0, 1_000);
  }
}
