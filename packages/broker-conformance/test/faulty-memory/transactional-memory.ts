import type { MemoryStorage } from "@jobs/adapter-memory";
import { ConfigError } from "@jobs/core";
import {
  type BrokerConsumer,
  type BrokerQueue,
  type Delivery,
  LeaseLostError,
  type OutgoingMessage,
  type ScannedMessage,
} from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { OpenTransaction } from "../../src/harness/broker-harness.ts";

type QueueState = ReturnType<MemoryStorage["queue"]>["state"];
type MessageRecord = NonNullable<QueueState["next"]>;

/** How transactions are kept. What is left out is done as it should be. */
export interface TransactionKeeping {
  /** When its messages are stored. `silently`: at the commit, but no receive that waits is told. */
  readonly sends?: "at once" | "never" | "silently";
  /** What its messages are stored as. */
  readonly change?: (message: OutgoingMessage) => OutgoingMessage;
  /** Whether an id that is stored already is sent again. */
  readonly ignoresDuplicates?: boolean;
  /** Whether the ids of a transaction stay taken after its rollback. */
  readonly keepsIds?: boolean;
  /** What is done with an object that is no open transaction. */
  readonly takes?: "anything" | "what has ended";
  /** When a completed message is marked. */
  readonly completes?: "at once" | "never" | "after a rollback too";
  /** Whether the message is acked at the commit instead of being marked. */
  readonly acks?: boolean;
  /** What a stale holder's completion does: `marks` and says that it is lost, or `lies` and does nothing. */
  readonly stale?: "marks" | "lies";
  /** Whether a message that is gone counts as not completed. */
  readonly gone?: "denied";
  /** Which of the ids that are asked for are found. Default: those that are stored. */
  readonly finds?: "none" | "all";
  /** Whether later deliveries carry no value; or none after a retry. */
  readonly forgets?: "value" | "value at a retry";
}

/** What a transaction does when it ends. */
interface Pending {
  readonly atCommit: (() => unknown)[];
  readonly atRollback: (() => unknown)[];
  hasEnded: boolean;
}

/** Transactions on top of a memory that has none: what they do waits until their commit. */
export class TransactionalMemory {
  readonly #keeping: TransactionKeeping;
  readonly #pending = new WeakMap<object, Pending>();
  readonly #takenIds = new Set<string>();
  readonly #completed = new WeakMap<MessageRecord, string>();

  constructor(keeping: TransactionKeeping) {
    this.#keeping = keeping;
  }

  begin(): OpenTransaction {
    const handle = {};
    const pending: Pending = { atCommit: [], atRollback: [], hasEnded: false };
    this.#pending.set(handle, pending);
    const end = (acts: readonly (() => unknown)[]) => async () => {
      pending.hasEnded = true;
      for (const act of acts) await act();
    };
    return { handle, commit: end(pending.atCommit), rollback: end(pending.atRollback) };
  }

  queue(queue: BrokerQueue, state: QueueState, clock: Clock): BrokerQueue {
    return {
      ...queue,
      find: async (ids) => ids.flatMap((id) => this.#found(id, state)),
      send: async (messages, options) => {
        const free = messages.filter(({ id }) => !this.#takenIds.has(id));
        const pending = options?.transaction && this.#pendingOf(options.transaction);
        if (pending === undefined && free.length === messages.length) return queue.send(messages);
        if (pending === undefined) return messages.map(({ id }) => ({ status: "duplicate", messageId: id }));
        return this.#sendWithin(pending, messages, { queue, state, clock });
      },
    };
  }

  consumer(consumer: BrokerConsumer, state: QueueState): BrokerConsumer {
    return {
      ...consumer,
      receive: async (options) =>
        (await consumer.receive(options)).map((delivery) => this.#withValue(delivery, state)),
      complete: async (delivery, value, { transaction }) =>
        this.#complete(this.#pendingOf(transaction), delivery, { value, state, consumer }),
      isCompleted: async ({ messageId }) => {
        const record = state.find(messageId);
        if (record === undefined && this.#keeping.gone !== "denied") throw new LeaseLostError(messageId);
        return record !== undefined && this.#completed.has(record);
      },
    };
  }

  #found(messageId: string, state: QueueState): readonly ScannedMessage[] {
    const { finds } = this.#keeping;
    const body = state.find(messageId)?.body;
    if (finds === "none" || (body === undefined && finds !== "all")) return [];
    return [{ messageId, body: body ?? "{}" }];
  }

  /** `undefined` where the call is made without a transaction, which is a flaw. */
  #pendingOf(transaction: object): Pending | undefined {
    const { takes } = this.#keeping;
    const pending = this.#pending.get(transaction);
    if (pending !== undefined && (!pending.hasEnded || takes === "what has ended")) return pending;
    if (pending === undefined && takes === "anything") return undefined;
    throw new ConfigError("this is no open transaction.", { hint: "Begin one." });
  }

  #sendWithin(
    { atCommit, atRollback }: Pending,
    messages: readonly OutgoingMessage[],
    {
      queue,
      state,
      clock,
    }: { readonly queue: BrokerQueue; readonly state: QueueState; readonly clock: Clock },
  ): Awaited<ReturnType<BrokerQueue["send"]>> {
    const { sends, change = (message) => message, ignoresDuplicates, keepsIds } = this.#keeping;
    const isStored = ({ id }: OutgoingMessage) => state.find(id) !== undefined;
    const results = messages.map((message) => ({
      status: isStored(message) && !ignoresDuplicates ? ("duplicate" as const) : ("sent" as const),
      messageId: message.id,
    }));
    const fresh = messages.filter((message) => !isStored(message)).map(change);
    const store = () => queue.send(fresh);
    const storeSilently = () => {
      const nowAt = clock.monotonic();
      for (const message of fresh) state.add(message, message.id, 0, { nowAt, dueAt: nowAt });
    };
    if (sends === "at once") void store();
    else if (sends !== "never") atCommit.push(sends === "silently" ? storeSilently : store);
    if (keepsIds) atRollback.push(() => fresh.forEach(({ id }) => void this.#takenIds.add(id)));
    return results;
  }

  #complete(
    pending: Pending | undefined,
    delivery: Delivery,
    parts: { readonly value: string; readonly state: QueueState; readonly consumer: BrokerConsumer },
  ): "completed" | "lost" {
    const { completes, acks, stale } = this.#keeping;
    const record = parts.state.find(delivery.messageId);
    const isHeld = record?.history.receipt === delivery.receipt;
    const mark = () => {
      if (acks) return parts.consumer.settle([{ delivery, action: "ack" }]);
      if (record !== undefined) this.#completed.set(record, parts.value);
    };
    if (!isHeld) {
      if (stale === "marks") pending?.atCommit.push(mark);
      return stale === "lies" ? "completed" : "lost";
    }
    if (completes === "at once") mark();
    else if (completes !== "never") pending?.atCommit.push(mark);
    if (completes === "after a rollback too") pending?.atRollback.push(mark);
    return "completed";
  }

  #withValue(delivery: Delivery, state: QueueState): Delivery {
    const { forgets } = this.#keeping;
    const record = state.find(delivery.messageId);
    const value = record && this.#completed.get(record);
    const isForgotten = forgets === "value" || (forgets !== undefined && (delivery.failureCount ?? 0) > 0);
    if (value === undefined || isForgotten) return delivery;
    // A copy, since memory finds the message of a lease by the lease's receipt too.
    return { ...delivery, completed: value };
  }
}
