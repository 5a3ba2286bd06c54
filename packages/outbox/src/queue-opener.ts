import type { Broker, BrokerQueue } from "@jobs/core/broker";

/** Opens each queue once. */
export class QueueOpener {
  readonly #broker: Broker;
  readonly #queues = new Map<string, Promise<BrokerQueue>>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  open(name: string): Promise<BrokerQueue> {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const opening = this.#broker.openQueue(name);
    this.#queues.set(name, opening);
    opening.catch(() => this.#queues.delete(name));
    return opening;
  }
}
