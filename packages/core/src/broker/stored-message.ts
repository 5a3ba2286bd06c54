import type { SerializedError } from "../errors/serialized-error.ts";
import type { DeadReason } from "./settlement.ts";

/** Where a stored message stands. */
export type MessageState = "ready" | "delayed" | "leased" | "dead";

/** A message as `peek` shows it: without a lease, without counting. */
export interface StoredMessage {
  readonly messageId: string;
  readonly label: string;
  readonly body: string;
  readonly state: MessageState;
  readonly deliveryCount: number;
  readonly failureCount: number | null;
  readonly crashCount: number | null;
  readonly priority: number;
  /** When it was or will be due, in ms since 1970 by the broker's clock. */
  readonly dueAt: number;
  /** How often it was redriven from the dead letters. */
  readonly redrives: number;
  /** Who holds its lease: what the receiver was opened with. Only while it is leased. */
  readonly holder?: string;
  /** Why it is to be run again: the last `retry`'s reason. */
  readonly lastError?: string;
  /** Only on dead letters. */
  readonly dead?: {
    readonly reason: DeadReason;
    readonly at: number;
    readonly error?: SerializedError;
  };
}

/** Which messages to look at, oldest first. */
export interface PeekOptions {
  readonly state: MessageState;
  readonly limit: number;
  /** From an earlier page's `nextCursor`. */
  readonly cursor?: string;
  /** Only the message of this id, whatever its state matches. */
  readonly id?: string;
}

/** A page of messages; `nextCursor` is absent on the last. */
export interface PeekPage {
  readonly messages: readonly StoredMessage[];
  readonly nextCursor?: string;
}

/** What became of one removal. A leased message is never removed under its worker. */
export interface RemoveResult {
  readonly id: string;
  readonly status: "removed" | "not_found" | "leased";
}

/** Which dead letters go back to work: the oldest `limit`, or those of `ids`, into their own queue or `to`. */
export interface RedriveOptions {
  readonly limit: number;
  readonly ids?: readonly string[];
  /** Full name of another queue. */
  readonly to?: string;
}
