import type {
  BrokerConsumer,
  CompleteOptions,
  Delivery,
  ReceiveOptions,
  SettledAndReceived,
  Settlement,
  ValidatedConsumer,
} from "@jobs/core/broker";
import type { Followups } from "./followups.ts";
import type { Inbox } from "./inbox.ts";

/** What the consumers of a broker with an inbox share. */
export interface InboxParts {
  readonly inbox: Inbox;
  readonly followups: Followups;
}

/** A consumer whose deliveries know whether their job is done, and which completes jobs with the caller's transaction. */
export function withInbox(consumer: ValidatedConsumer, parts: InboxParts): BrokerConsumer {
  const marks = new InboxMarks(consumer, parts);
  return {
    ...consumer,
    capabilities: { ...consumer.capabilities, transactions: true },
    receive: (options) => marks.receive(options),
    settleAndReceive: (settlements, options) => marks.settleAndReceive(settlements, options),
    complete: (delivery, value, options) => marks.complete(delivery, value, options),
    isCompleted: (delivery) => marks.isCompleted(delivery),
  };
}

class InboxMarks {
  readonly #consumer: ValidatedConsumer;
  readonly #inbox: Inbox;
  readonly #followups: Followups;
  /** The transaction that a delivery was completed with. */
  readonly #transactions = new WeakMap<Delivery, object>();
  /** Whether the store could not be asked the last time. Then it is asked before the broker: a receive may count. */
  #isStoreAway = false;

  constructor(consumer: ValidatedConsumer, { inbox, followups }: InboxParts) {
    this.#consumer = consumer;
    this.#inbox = inbox;
    this.#followups = followups;
  }

  async receive(options: ReceiveOptions): Promise<readonly Delivery[]> {
    if (this.#isStoreAway) await this.#inbox.check();
    this.#isStoreAway = false;
    return this.#marked(await this.#consumer.receive(options));
  }

  async settleAndReceive(
    settlements: readonly Settlement[],
    options: ReceiveOptions,
  ): Promise<SettledAndReceived> {
    if (this.#isStoreAway) return { settled: await this.#consumer.settle(settlements), received: [] };
    const answer = await this.#consumer.settleAndReceive(settlements, options);
    try {
      return { ...answer, received: await this.#marked(answer.received) };
    } catch {
      // The settlements are done, so the failure must not hide their results. The next receive fails too.
      return { ...answer, received: [] };
    }
  }

  async complete(delivery: Delivery, value: string, options: CompleteOptions): Promise<"completed" | "lost"> {
    this.#transactions.set(delivery, options.transaction);
    return this.#inbox.write(this.#consumer.queue, delivery, { ...options, value });
  }

  /** The follow-ups are at their broker before the job is acked. So a drained queue has no hidden ones. */
  async isCompleted(delivery: Delivery): Promise<boolean> {
    const isDone = (await this.#inbox.find(this.#consumer.queue, [delivery])).size > 0;
    const transaction = this.#transactions.get(delivery);
    if (isDone && transaction !== undefined) await this.#followups.sent(transaction);
    return isDone;
  }

  /** Nothing runs while it is unknown what is done: these messages go back, and nothing is counted. */
  async #marked(received: readonly Delivery[]): Promise<readonly Delivery[]> {
    if (received.length === 0) return received;
    try {
      const done = await this.#inbox.find(this.#consumer.queue, received);
      if (done.size === 0) return received;
      return received.map((delivery) => {
        const completed = done.get(delivery);
        return completed === undefined ? delivery : { ...delivery, completed };
      });
    } catch (error) {
      this.#isStoreAway = true;
      const released = received.map((delivery): Settlement => ({ delivery, action: "release" }));
      await this.#consumer.settle(released).catch(() => undefined);
      throw error;
    }
  }
}
