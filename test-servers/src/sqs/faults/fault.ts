import type { EntryRefusal } from "../protocol/sqs-batch.ts";
import type { SqsRefusal } from "../protocol/sqs-refusal.ts";

/** Which requests a fault affects. */
export interface FaultAim {
  /** Names of requests: `["SendMessageBatch"]`. Default: all that the fault can affect. */
  readonly actions?: readonly string[];
  /** Chance of each request, entry or message, 0 to 1. Default 1. */
  readonly share?: number;
  /** After this many it ends by itself. Default: never. */
  readonly times?: number;
}

/** A fault of SQS or of the network. */
export type SqsFault = FaultAim &
  (
    | { readonly kind: "refusal"; readonly refusal: SqsRefusal }
    /** Single entries of batches are refused, the others succeed. Default refusal: an internal error. */
    | { readonly kind: "partial"; readonly refusal?: EntryRefusal }
    /** Messages are delivered once more by the next receive, under another receipt, while the first lease lasts. */
    | { readonly kind: "duplicate" }
    /** Deletes succeed, but the message returns when its lease ends. */
    | { readonly kind: "forgotten-delete" }
    /** Receives report more deliveries of a message than there were. */
    | { readonly kind: "receive-count"; readonly by: number }
    /** The request or its answer is delayed, so that receipts arrive late. */
    | { readonly kind: "delay"; readonly ms: number; readonly side: "request" | "answer" }
    /** The request is done, and the connection is cut before the answer. */
    | { readonly kind: "lost-answer" }
  );

/** A fault that is being played. */
export interface PlayedFault extends Disposable {
  /** How many requests, entries or messages it has affected. */
  readonly met: number;
  /** Ends the fault. */
  end(): void;
}
