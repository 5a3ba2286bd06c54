import type { Capabilities, Delivery } from "@jobs/core/broker";
import type { MessageRecord } from "./message-record.ts";
import type { QueueState } from "./queue-state.ts";

/** A lease in memory. It refers to its message, so that a settlement needs no search. */
export class MemoryDelivery implements Delivery {
  readonly messageId: string;
  readonly body: string;
  readonly deliveryCount: number;
  readonly failureCount: number | null;
  readonly crashCount: number | null;
  readonly leaseUntil: number;
  readonly receipt: string;
  readonly #record: MessageRecord;
  readonly #state: QueueState;

  /** `record` is in `state` and already leased. */
  constructor(record: MessageRecord, state: QueueState, { failureCount, crashCount }: Capabilities) {
    const { history } = record;
    this.messageId = record.messageId;
    this.body = record.body;
    this.deliveryCount = history.deliveryCount;
    this.failureCount = failureCount === "exact" ? history.failureCount : null;
    this.crashCount = crashCount === "exact" ? history.crashCount : null;
    this.leaseUntil = record.at;
    this.receipt = history.receipt ?? "";
    this.#record = record;
    this.#state = state;
  }

  /** The message of a delivery in a queue. It may be removed or leased again by now: compare its receipt. */
  static recordOf(delivery: Delivery, state: QueueState): MessageRecord | undefined {
    if (#record in delivery && delivery.#state === state) return delivery.#record;
    return state.find(delivery.messageId);
  }
}
