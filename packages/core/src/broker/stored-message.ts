import { ConfigError } from "../errors/config-errors.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import type { DeadReason } from "./settlement.ts";

/** The state of a stored message. */
export type MessageState = "ready" | "delayed" | "leased" | "dead";

/** A state that `peek` can show: also that of a finished job, where `capabilities.keepsFinished`. */
export type PeekedState = MessageState | "succeeded";

/** A message from `peek`, without a lease and without counting. */
export interface StoredMessage {
  readonly messageId: string;
  readonly label: string;
  readonly body: string;
  readonly state: PeekedState;
  readonly deliveryCount: number;
  readonly failureCount: number | null;
  readonly crashCount: number | null;
  readonly priority: number;
  /** When it was or will be due, in ms since 1970 by the broker's clock. */
  readonly dueAt: number;
  /** Number of redrives. */
  readonly redrives: number;
  /** The holder of its lease, from the options of the consumer. Only while it is leased. */
  readonly holder?: string;
  /** When its lease ends unless it is extended, in ms since 1970 by the broker's clock. Only while it is leased. */
  readonly leaseUntil?: number;
  /** The reason of its last `retry`. */
  readonly lastError?: string;
  /** Only on finished jobs: JSON text of the value, and when they ended, in ms since 1970 by the broker's clock. */
  readonly succeeded?: { readonly value: string; readonly at: number };
  /** Only on dead letters: why, and since when, in ms since 1970 by the broker's clock. */
  readonly dead?: {
    readonly reason: DeadReason;
    readonly at: number;
    readonly error?: SerializedError;
  };
}

/** Which messages to read, in the order of the broker. */
export interface PeekOptions {
  readonly state: PeekedState;
  /** The most messages of the page. */
  readonly limit: number;
  /** From an earlier page's `nextCursor`. */
  readonly cursor?: string;
  /** Only the message with this id, if its state matches. */
  readonly id?: string;
}

/** A page of messages; `nextCursor` is absent on the last. */
export interface PeekPage {
  readonly messages: readonly StoredMessage[];
  readonly nextCursor?: string;
  /** Further dead letters that cannot be shown now. Only from brokers that must receive them to show them. */
  readonly hidden?: HiddenLetters;
}

/**
 * Dead letters that a broker has, but gives to nobody at the moment: another reader has them, or an answer with them was
 * lost.
 */
export interface HiddenLetters {
  /** Their number; an estimate where the broker counts by estimate. */
  readonly n: number;
  /** How long they stay hidden at most, in ms, unless a program of others hides them. */
  readonly forMs: number;
}

/** A message from `scan`: what it is, without where it stands. */
export type ScannedMessage = Pick<StoredMessage, "messageId" | "body">;

/** Which messages to scan. */
export type ScanOptions = Omit<PeekOptions, "id">;

/** A page of a scan; `nextCursor` is absent on the last. */
export interface ScanPage {
  readonly messages: readonly ScannedMessage[];
  readonly nextCursor?: string;
}

/** The error of a peek for a cursor that no page gave: a page from somewhere else would look right. */
export function wrongCursor(): ConfigError {
  return new ConfigError("peek: the cursor is not from an earlier page.", {
    hint: "Pass nextCursor of the page before, or leave the cursor out to begin with the first page.",
  });
}

/** The result of one removal. A leased message is never removed. */
export interface RemoveResult {
  readonly id: string;
  readonly status: "removed" | "not_found" | "leased";
}

/** Which dead letters to redrive: the oldest `limit`, or up to `limit` of `ids`, into their own queue or `to`. */
export interface RedriveOptions {
  readonly limit: number;
  readonly ids?: readonly string[];
  /**
   * Only with `ids`: new bodies, by the id that `ids` names. A message never becomes ready with its old body. Where a
   * redrive is one step, no crash leaves it in two states. Default: bodies stay.
   */
  readonly bodies?: ReadonlyMap<string, string>;
  /** Full name of another queue. */
  readonly to?: string;
}

/** The result of a redrive. */
export interface RedriveResult {
  readonly moved: number;
  /** Dead letters that stay since they could not be seen, when fewer were moved than wanted. */
  readonly hidden?: HiddenLetters;
}
