import type { DeadReason, MessageState, OutgoingMessage, SerializedError } from "@jobs/core/broker";

/** A stored message. It is in exactly one structure at a time, and holds that structure's links itself. */
export interface MessageRecord {
  readonly messageId: string;
  readonly label: string;
  /** Changed only while it is dead. */
  body: string;
  readonly priority: number;
  /** Grows with every send into the storage: the order of arrival. */
  readonly order: number;
  state: MessageState;
  /** Depends on the state: ready since, due at, or leased until; monotonic ms. A dead letter keeps its last time. */
  at: number;
  /** Index in the heap that holds the record; -1 outside of a heap. */
  heapIndex: number;
  /** Neighbours in a ready line. */
  previous: MessageRecord | undefined;
  next: MessageRecord | undefined;
  /** Neighbours among all messages of the queue, in the order of sending. */
  older: MessageRecord | undefined;
  newer: MessageRecord | undefined;
  /** Whether it can be found by its id without a search. */
  isIndexed: boolean;
  /** Its deliveries and settlements so far; new messages share one object. */
  history: History;
}

/** What deliveries and settlements store on a message. */
export interface History {
  readonly deliveryCount: number;
  readonly failureCount: number;
  readonly crashCount: number;
  readonly redrives: number;
  /** Of the latest lease. It stays after the lease, so that a stale receipt is recognised. */
  readonly receipt: string | undefined;
  /** The holder of the latest lease. */
  readonly holder: string | undefined;
  /** Whether the latest lease has ended and the message was not taken since: its holder may still settle it. */
  readonly isOverdue: boolean;
  /** Receipt of the last lease that was counted as a crash. A call of its holder takes the count back. */
  readonly crashed: string | undefined;
  /** When the latest lease began, monotonic ms. */
  readonly leasedAt: number;
  readonly lastError: string | undefined;
  readonly dead: Death | undefined;
}

/** Why and when a message was set aside; `at` is wall time. */
export interface Death {
  readonly reason: DeadReason;
  readonly at: number;
  readonly error?: SerializedError;
}

/** A message that was never delivered. One object for all of them keeps a queued job small. */
export const UNTOUCHED: History = {
  deliveryCount: 0,
  failureCount: 0,
  crashCount: 0,
  redrives: 0,
  receipt: undefined,
  holder: undefined,
  isOverdue: false,
  crashed: undefined,
  leasedAt: 0,
  lastError: undefined,
  dead: undefined,
};

/** Fields of a new record besides the message. */
export interface Arrival {
  readonly messageId: string;
  readonly order: number;
  /** Monotonic ms. */
  readonly dueAt: number;
}

/** Creates the record of a message that has just arrived. */
export function createRecord(message: OutgoingMessage, arrival: Arrival): MessageRecord {
  return {
    messageId: arrival.messageId,
    label: message.label,
    body: message.body,
    priority: message.priority ?? 0,
    order: arrival.order,
    state: "ready",
    at: arrival.dueAt,
    heapIndex: -1,
    previous: undefined,
    next: undefined,
    older: undefined,
    newer: undefined,
    isIndexed: false,
    history: UNTOUCHED,
  };
}
