import type { Message } from "@aws-sdk/client-sqs";
import type { Delivery } from "@jobs/core";

/** What is known of a delivery beyond what core is told. */
export interface TakenMessage {
  readonly message: Message;
  /** When its receive was asked for, on the monotonic clock: SQS counts 12 hours from then. */
  readonly takenAt: number;
  /** Its copy among the dead letters is made; only the original is still to go. */
  isCopied: boolean;
}

const TAKEN = Symbol("taken");

/** Carries its message: a map beside it would cost more than all else that is done for a delivery here. */
interface OwnDelivery extends Delivery {
  [TAKEN]?: TakenMessage;
}

/** Makes a delivery of a message. */
export function deliver(
  message: Message,
  takenAt: number,
  { leaseUntil, messageId }: Pick<Delivery, "leaseUntil" | "messageId">,
): Delivery {
  const delivery: OwnDelivery = {
    leaseUntil,
    messageId,
    body: message.Body ?? "",
    deliveryCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    failureCount: null,
    crashCount: null,
    receipt: message.ReceiptHandle ?? "",
    [TAKEN]: { message, takenAt, isCopied: false },
  };
  return delivery;
}

/** What a delivery was made of; for one that was written down on its way, what it says itself. */
export function takenMessage(delivery: OwnDelivery): TakenMessage {
  delivery[TAKEN] ??= {
    message: { Body: delivery.body, MessageId: delivery.messageId, ReceiptHandle: delivery.receipt },
    takenAt: delivery.leaseUntil,
    isCopied: false,
  };
  return delivery[TAKEN];
}
