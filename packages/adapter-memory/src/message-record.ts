import type { DeadReason, MessageState, OutgoingMessage, SerializedError } from "@jobs/core/broker";

/** A message as memory keeps it. It sits in exactly one structure at a time, and carries that structure's links itself. */
export interface MessageRecord {
  readonly messageId: string;
  readonly label: string;
  readonly body: string;
  readonly priority: number;
  /** Rises with every send into the storage: the order in which messages came. */
  readonly order: number;
  state: MessageState;
  /** By state: ready since, due at, leased until, or dead since; monotonic ms. */
  at: number;
  /** Place in the heap that holds the record; -1 while none does. */
  heapIndex: number;
  /** Neighbours in a ready line. */
  previous: MessageRecord | undefined;
  next: MessageRecord | undefined;
  /** What has happened to it so far; shared by all messages to which nothing has. */
  history: History;
}

/** What deliveries and settlements leave behind on a message. */
export interface History {
  readonly deliveryCount: number;
  readonly failureCount: number;
  readonly crashCount: number;
  readonly redrives: number;
  /** Of the latest lease; stays after the lease so that a stale holder can be told apart. */
  readonly receipt: string | undefined;
  /** Who was given the latest lease. */
  readonly holder: string | undefined;
  /** Whether the latest lease has ended and nobody has taken the message since: its holder may still end it. */
  readonly isOverdue: boolean;
  /** Receipt of the last lease that was counted as a crash; the count is taken back when its holder is heard of. */
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

/** What makes a record besides the message itself. */
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
    history: UNTOUCHED,
  };
}
