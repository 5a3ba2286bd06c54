import type {
  BrokerConsumer,
  Capabilities,
  CompleteOptions,
  ConsumerOptions,
  Delivery,
  ExtendResult,
  SettledAndReceived,
  Settlement,
  SettleResult,
  TimedCall,
  TimedReceive,
} from "@jobs/core/broker";
import { createSharedAbort, joinSignals } from "@jobs/core/runtime";
import type { BrokerSession } from "../broker-session.ts";
import { findQueue, type QueueChange, withQueueCounters } from "../queue/queue-counters.ts";
import { laterBy } from "../storage/bounded.ts";
import { withinTransaction } from "../storage/caller-transaction.ts";
import type { LockOptions } from "../storage/lock-queue.ts";
import type { Sql } from "../storage/shared-connection.ts";
import { claimReady } from "./claim-ready.ts";
import { receiveWaiting } from "./receive-waiting.ts";
import { allLost, completeLease, extendLeases, isCompleted, settleLeases } from "./settle-leases.ts";

/** A queue of a file, opened for receiving. */
export class SqliteConsumer implements BrokerConsumer {
  readonly queue: string;
  readonly capabilities: Capabilities;
  readonly #session: BrokerSession;
  readonly #leaseMs: number;
  readonly #holder: string | undefined;
  readonly #closing = createSharedAbort();
  /** Aborts when this consumer or its broker closes. */
  readonly #closed: AbortSignal;

  constructor(session: BrokerSession, queue: string, { leaseMs, holder }: ConsumerOptions) {
    this.queue = queue;
    this.capabilities = session.capabilities;
    this.#session = session;
    this.#leaseMs = leaseMs;
    this.#holder = holder;
    session.leaseClock.noteLease(leaseMs);
    this.#closed = joinSignals([this.#closing.signal, session.closed]).signal;
  }

  async receive(options: TimedReceive): Promise<readonly Delivery[]> {
    const received = await this.#claim(options);
    if (received.length > 0 || options.waitMs === 0) return received;
    return this.#wait(options);
  }

  async settle(settlements: readonly Settlement[], options: TimedCall): Promise<readonly SettleResult[]> {
    const settled = await this.#change((change) => this.#settleNow(change, settlements), options);
    this.#session.file.wakeUps.notify(this.queue);
    return settled ?? allLost(settlements);
  }

  async settleAndReceive(
    settlements: readonly Settlement[],
    options: TimedReceive,
  ): Promise<SettledAndReceived> {
    const { timeoutMs } = options;
    const changed = await this.#change(
      (change) => ({
        settled: this.#settleNow(change, settlements),
        received: this.#claimNow(change, options),
      }),
      { timeoutMs },
    );
    const answer = changed ?? { settled: allLost(settlements), received: [] };
    this.#session.file.wakeUps.notify(this.queue);
    if (answer.received.length > 0 || options.waitMs === 0) return answer;
    // The settlements are done, even when the file fails during the wait.
    return { settled: answer.settled, received: await this.#wait(options).catch(() => []) };
  }

  async extend(
    deliveries: readonly Delivery[],
    leaseMs: number,
    options: TimedCall,
  ): Promise<readonly ExtendResult[]> {
    const { clock, leaseClock } = this.#session;
    leaseClock.noteLease(leaseMs);
    const extended = await this.#change((change): readonly ExtendResult[] => {
      const leaseUntil = clock.monotonic() + leaseMs;
      const extended = extendLeases(change, deliveries, laterBy(clock.now(), leaseMs));
      this.#forget(deliveries.filter((_, index) => extended[index] === false));
      return extended.map((isExtended) =>
        isExtended ? { status: "extended", leaseUntil } : { status: "lost" },
      );
    }, options);
    return extended ?? deliveries.map(() => ({ status: "lost" }));
  }

  async complete(
    delivery: Delivery,
    value: string,
    { transaction }: CompleteOptions,
  ): Promise<"completed" | "lost"> {
    return withinTransaction(transaction, this.#session.file.path, (sql) => {
      const queue = findQueue(sql, this.queue);
      if (queue === undefined) return "lost";
      const isHeld = withQueueCounters(sql, queue, (change) => completeLease(change, delivery, value));
      return isHeld ? "completed" : "lost";
    });
  }

  isCompleted(delivery: Delivery): Promise<boolean> {
    return this.#session.file.read((sql) => isCompleted(sql, delivery));
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  #settleNow(change: QueueChange, settlements: readonly Settlement[]): readonly SettleResult[] {
    const settled = settleLeases(change, settlements, this.#session.leaseClock.present().nowAt);
    this.#forget(settlements.map(({ delivery }) => delivery));
    return settled;
  }

  /** Takes no message if the caller has stopped waiting: it would not run until its lease ends. */
  #claimNow(change: QueueChange, { max, signal }: TimedReceive): readonly Delivery[] {
    if (signal.aborted || this.#closed.aborted) return [];
    const { clock, leaseClock, capabilities, file } = this.#session;
    const deliveries = claimReady(change, {
      max: Math.min(max, capabilities.maxReceive),
      leaseUntil: clock.monotonic() + this.#leaseMs,
      present: leaseClock.present(),
      leasedUntil: laterBy(clock.now(), this.#leaseMs),
      holder: this.#holder,
    });
    for (const { messageId } of deliveries) file.leased.add(messageId);
    return deliveries;
  }

  #forget(deliveries: readonly Delivery[]): void {
    for (const { messageId } of deliveries) this.#session.file.leased.delete(messageId);
  }

  async #claim(options: TimedReceive): Promise<readonly Delivery[]> {
    const { signal, timeoutMs } = options;
    try {
      return (await this.#change((change) => this.#claimNow(change, options), { signal, timeoutMs })) ?? [];
    } catch (error) {
      if (signal.aborted) return [];
      throw error;
    }
  }

  /** `undefined` when no message was ever stored in the queue. */
  #change<T>(change: (change: QueueChange) => T, options: LockOptions & TimedCall): Promise<T | undefined> {
    return this.#write((sql) => {
      const queue = findQueue(sql, this.queue);
      return queue && withQueueCounters(sql, queue, change);
    }, options);
  }

  /** Does not wait for the disk: a lease or settlement that a power cut undoes only causes one more delivery. */
  #write<T>(work: (sql: Sql) => T, { signal, timeoutMs }: LockOptions & TimedCall): Promise<T> {
    // Written out, since a copy by spreading costs more than the rest of the call.
    return this.#session.file.write(work, { timeoutMs, isRepeatable: true, ...(signal && { signal }) });
  }

  #wait(options: TimedReceive): Promise<readonly Delivery[]> {
    return receiveWaiting({
      session: this.#session,
      queue: this.queue,
      waitMs: options.waitMs,
      endings: [options.signal, this.#closed],
      claim: () => this.#claim(options),
    });
  }
}
