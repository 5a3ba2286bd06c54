import type { Message } from "@aws-sdk/client-sqs";
import type {
  BrokerConsumer,
  Capabilities,
  Delivery,
  ExtendResult,
  Settlement,
  SettleResult,
  TimedCall,
  TimedReceive,
} from "@jobs/core/broker";
import { type Clock, createSharedAbort, sleep, withJoinedSignals } from "@jobs/core/runtime";
import { leasedMessage } from "../receive/leased-message.ts";
import type { SqsConsumer } from "../receive/sqs-consumer.ts";
import { type EventMessages, idOf } from "./event-messages.ts";

/** What an {@link EventConsumer} is made of. */
export interface EventConsumerParts {
  /** The consumer of the queue, which leases and settles. It receives nothing. */
  readonly consumer: SqsConsumer;
  readonly messages: EventMessages;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Called after each message that has left the queue or comes back. */
  onProgress(): void;
}

/** A queue whose messages an event of Lambda has brought. All else is as with every consumer of SQS. */
export class EventConsumer implements BrokerConsumer {
  readonly queue: string;
  readonly capabilities: Capabilities;
  readonly #parts: EventConsumerParts;
  readonly #closing = createSharedAbort();
  readonly #givingBack: Promise<unknown>[] = [];

  constructor(parts: EventConsumerParts) {
    this.#parts = parts;
    this.queue = parts.consumer.queue;
    this.capabilities = parts.consumer.capabilities;
  }

  receive(options: TimedReceive): Promise<readonly Delivery[]> {
    const sources = [options.signal, this.#closing.signal];
    return withJoinedSignals(sources, (ended) => this.#receive(options, ended));
  }

  async #receive({ max, waitMs, timeoutMs }: TimedReceive, ended: AbortSignal): Promise<readonly Delivery[]> {
    const { messages, clock } = this.#parts;
    const giveUpAt = clock.monotonic() + waitMs;
    while (!ended.aborted) {
      const taken = messages.take(Math.min(max, this.capabilities.maxReceive));
      const deliveries = taken.length === 0 ? [] : await this.#lease(taken, { timeoutMs });
      const leftMs = giveUpAt - clock.monotonic();
      if (deliveries.length > 0 || leftMs <= 0) return deliveries;
      if (taken.length > 0) continue;
      await withJoinedSignals([ended, messages.changed], (changed) => sleep(clock, leftMs, changed));
    }
    return [];
  }

  extend(
    deliveries: readonly Delivery[],
    leaseMs: number,
    options: TimedCall,
  ): Promise<readonly ExtendResult[]> {
    return this.#parts.consumer.extend(deliveries, leaseMs, options);
  }

  async settle(settlements: readonly Settlement[], options: TimedCall): Promise<readonly SettleResult[]> {
    const results = await this.#parts.consumer.settle(settlements, options);
    for (const [index, settlement] of settlements.entries()) {
      const status = results[index]?.status;
      const { id } = leasedMessage(settlement.delivery);
      // A failed settlement is tried again while the lease lasts.
      if (status === "failed") continue;
      if (status === "settled" && isFinal(settlement)) this.#left([id]);
      else this.#comeBack([id]);
    }
    return results;
  }

  /** Gives back what has not started. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#giveBack(this.#parts.messages.takeWaiting());
    await Promise.all([...this.#givingBack, this.#parts.consumer.close()]);
  }

  /**
   * Renews the leases before a run: nobody says how long they still last. A message without a lease is not run here; it
   * may be elsewhere already.
   */
  async #lease(taken: readonly Message[], options: TimedCall): Promise<readonly Delivery[]> {
    const { consumer, clock, leaseMs } = this.#parts;
    const { deliveries, gone } = await consumer.takeOver(taken, { takenAt: clock.monotonic(), ...options });
    const results = await consumer.extend(deliveries, leaseMs, options);
    const leased = deliveries.filter((_, index) => results[index]?.status === "extended");
    const kept = new Set(leased.map((delivery) => leasedMessage(delivery).id));
    const left = new Set(gone.map(idOf));
    this.#left([...left]);
    this.#comeBack(taken.map(idOf).filter((id) => !kept.has(id) && !left.has(id)));
    return leased;
  }

  #left(ids: readonly string[]): void {
    for (const id of ids) this.#parts.messages.left(id);
    this.#parts.onProgress();
  }

  #comeBack(ids: readonly string[]): void {
    for (const id of ids) this.#giveBack(this.#parts.messages.comesBack(id));
    this.#parts.onProgress();
  }

  #giveBack(messages: readonly Message[]): void {
    if (messages.length > 0) this.#givingBack.push(this.#parts.consumer.giveBack(messages));
  }
}

/** Whether the message is deleted with it. */
function isFinal({ action }: Settlement): boolean {
  return action === "ack" || action === "dead";
}
