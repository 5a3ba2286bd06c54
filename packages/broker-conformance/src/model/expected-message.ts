import type { OutgoingMessage } from "@jobs/core/broker";
import type { Span } from "./span.ts";

/** What the model expects of one message. */
export interface ExpectedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly priority: number;
  /** Rises with every send. */
  readonly sentAs: number;
  /** The state after the last step: time may have changed a delayed or leased one since. */
  state: "ready" | "delayed" | "leased" | "dead" | "done";
  /** When its delay or lease ends. */
  until: Span;
  /** Receipt of its latest lease. */
  receipt: string | undefined;
  /** When its latest lease ends or would have ended, settled or not. */
  leaseEnd: Span | undefined;
  /** Place in line of a ready message: `fresh` was never taken nor delayed, `front` was released. */
  line: "fresh" | "front" | "back";
  /** Rises with every death: dead letters are redriven in this order. */
  diedAs: number;
  deliveries: number;
  failures: number;
  crashes: number;
  /** Receipt of the last lease that was counted as a crash. */
  crashed: string | undefined;
  /**
   * The broker may do anything with it (after a stale receipt without fencing, an eventual purge). The model follows.
   */
  isLoose: boolean;
  /** Messages of the same send, if they may share a lease. Else none. */
  readonly siblings: readonly ExpectedMessage[];
  /** Whether a lease that it may have shared has ended: then it may be delivered again, whatever its state. */
  mayReturn: boolean;
  /** Whether a purge may have removed it, which a shared lease does not show at once. */
  mayBePurged: boolean;
}

/** What the model notes of a send. */
type Sent = Pick<ExpectedMessage, "messageId" | "sentAs" | "siblings">;

/** A message that has just been sent and, for now, is ready. */
export function expectMessage(
  message: OutgoingMessage,
  { messageId, sentAs, siblings }: Sent,
): ExpectedMessage {
  return {
    messageId,
    body: message.body,
    priority: message.priority ?? 0,
    sentAs,
    state: "ready",
    until: { from: 0, to: 0 },
    receipt: undefined,
    leaseEnd: undefined,
    line: "fresh",
    diedAs: 0,
    deliveries: 0,
    failures: 0,
    crashes: 0,
    crashed: undefined,
    isLoose: false,
    siblings,
    mayReturn: false,
    mayBePurged: false,
  };
}

/** Delays a message. With a delay of 0 it goes to the end of its line. */
export function delay(message: ExpectedMessage, until: Span, ms: number): void {
  message.state = ms > 0 ? "delayed" : "ready";
  message.until = until;
  if (ms > 0 || message.deliveries > 0) message.line = "back";
}
