import type { Message } from "@aws-sdk/client-sqs";
import type { Delivery } from "@jobs/core";

/** What is known of a delivery beyond what core is told. */
export interface TakenMessage {
  /** The id that SQS gave this very message: a hop or a redriven message has another than its job's first. */
  readonly id: string;
  readonly message: Message;
  /** When its receive was asked for, on the monotonic clock: SQS counts 12 hours from then. */
  readonly takenAt: number;
  /** End of its lease on the monotonic clock. */
  heldUntil: number;
  /** Its own, and those of deliveries that came while it was held: its lease is kept and ended with all of them. */
  readonly receipts: string[];
  /** Its copy among the dead letters is made; only the original is still to go. */
  isCopied: boolean;
}

const TAKEN = Symbol("taken");

/** Carries its message: a map beside it would have to be told when core has forgotten it. */
interface OwnDelivery extends Delivery {
  [TAKEN]?: TakenMessage;
}

/** Makes a delivery of a message. */
export function deliver(
  message: Message,
  takenAt: number,
  { leaseUntil, messageId }: Pick<Delivery, "leaseUntil" | "messageId">,
): Delivery {
  const { Body = "", MessageId = "", ReceiptHandle = "", Attributes } = message;
  const delivery: OwnDelivery = {
    leaseUntil,
    messageId,
    body: Body,
    deliveryCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
    failureCount: null,
    crashCount: null,
    receipt: ReceiptHandle,
    [TAKEN]: {
      id: MessageId,
      message,
      takenAt,
      heldUntil: leaseUntil,
      receipts: [ReceiptHandle],
      isCopied: false,
    },
  };
  return delivery;
}

/** What a delivery was made of; for one that was written down on its way, what it says itself. */
export function takenMessage(delivery: OwnDelivery): TakenMessage {
  const { body, messageId, receipt, leaseUntil } = delivery;
  delivery[TAKEN] ??= {
    id: messageId,
    message: { Body: body, MessageId: messageId, ReceiptHandle: receipt },
    takenAt: leaseUntil,
    heldUntil: leaseUntil,
    receipts: [receipt],
    isCopied: false,
  };
  return delivery[TAKEN];
}
