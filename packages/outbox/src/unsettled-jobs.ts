import type { Delivery, ReceiveOptions, Settlement, ValidatedConsumer } from "@jobs/core/broker";

/** What a relay has done with jobs, until the store knows it. */
export class UnsettledJobs {
  #settlements: readonly Settlement[] = [];

  add(settlements: readonly Settlement[]): void {
    this.#settlements = [...this.#settlements, ...settlements];
  }

  /** Never throws. What cannot be settled now stays to be settled, or comes back when its lease ends. */
  async settle(consumer: ValidatedConsumer): Promise<void> {
    if (this.#settlements.length === 0) return;
    const settlements = this.#takeAll();
    try {
      await consumer.settle(settlements);
    } catch {
      this.#putBack(settlements);
    }
  }

  /** Settles what is done, then receives. It waits only where nothing was to be settled. */
  async exchange(consumer: ValidatedConsumer, options: ReceiveOptions): Promise<readonly Delivery[]> {
    if (this.#settlements.length === 0) return consumer.receive(options);
    const settlements = this.#takeAll();
    try {
      return (await consumer.settleAndReceive(settlements, { ...options, waitMs: 0 })).received;
    } catch (error) {
      this.#putBack(settlements);
      throw error;
    }
  }

  #takeAll(): readonly Settlement[] {
    const settlements = this.#settlements;
    this.#settlements = [];
    return settlements;
  }

  #putBack(settlements: readonly Settlement[]): void {
    this.#settlements = [...settlements, ...this.#settlements];
  }
}
