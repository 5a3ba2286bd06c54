import type { MemoryStorage } from "@jobs/adapter-memory";
import type { BrokerConsumer, BrokerQueue } from "@jobs/core/broker";

type QueueState = ReturnType<MemoryStorage["queue"]>["state"];
type MessageRecord = NonNullable<QueueState["next"]>;

/** How groups are kept in order. What is left out is done as it should be. */
export interface GroupKeeping {
  /** Whether a stored message holds up those behind it in its group. Default: unless it is dead. `isOwn`: the consumer that asks has it. */
  readonly blocks?: (record: MessageRecord, isOwn: boolean) => boolean;
  /** Whether a group that is held up holds up the others too. */
  readonly isOneLine?: boolean;
  /** Whether the last of a group is its first. */
  readonly isReversed?: boolean;
}

/** Groups in order, on top of a memory that has none. */
export class GroupedMemory {
  readonly #keeping: GroupKeeping;
  readonly #groups = new Map<string, string>();
  readonly #holders = new Map<string, object>();
  #asking: object = {};

  constructor(keeping: GroupKeeping) {
    this.#keeping = keeping;
  }

  queue(queue: BrokerQueue): BrokerQueue {
    return {
      ...queue,
      send: (messages) => {
        for (const { id, groupKey } of messages) if (groupKey !== undefined) this.#groups.set(id, groupKey);
        return queue.send(messages.map(({ groupKey: _, ...message }) => message));
      },
    };
  }

  consumer(consumer: BrokerConsumer): BrokerConsumer {
    return {
      ...consumer,
      receive: async (options) => {
        this.#asking = consumer;
        const received = await consumer.receive(options);
        for (const { messageId } of received) this.#holders.set(messageId, consumer);
        return received;
      },
    };
  }

  /** The part of a queue's state that decides what is delivered next. */
  state(state: QueueState): Partial<QueueState> {
    const next = () => (state.isPaused ? undefined : this.#next(state));
    return {
      get next() {
        return next();
      },
    };
  }

  #next(state: QueueState): MessageRecord | undefined {
    const { blocks = ({ state: as }) => as !== "dead", isOneLine, isReversed } = this.#keeping;
    const inOrder = [...state.values()];
    const held = new Set<string>();
    for (const record of isReversed ? inOrder.toReversed() : inOrder) {
      const group = this.#groups.get(record.messageId) ?? record.messageId;
      const isHeld = isOneLine ? held.size > 0 : held.has(group);
      if (record.state === "ready" && !isHeld) return record;
      const isOwn = this.#holders.get(record.messageId) === this.#asking;
      if (this.#groups.has(record.messageId) && blocks(record, isOwn)) held.add(group);
    }
    return undefined;
  }
}
