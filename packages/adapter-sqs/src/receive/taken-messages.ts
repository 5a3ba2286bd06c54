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

const taken = new WeakMap<Delivery, TakenMessage>();

/** Makes a delivery of a message. */
export function deliver(
  message: Message,
  takenAt: number,
  lease: Pick<Delivery, "leaseUntil" | "messageId">,
): Delivery {
  const delivery: Delivery = {
    ...lease,
    body: message.Body ?? "",
    deliveryCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    failureCount: null,
    crashCount: null,
    receipt: message.ReceiptHandle ?? "",
  };
  taken.set(delivery, { message, takenAt, isCopied: false });
  return delivery;
}

/** What a delivery was made of; for one that was copied on its way, what the copy says itself. */
export function takenMessage(delivery: Delivery): TakenMessage {
  const known = taken.get(delivery);
  if (known !== undefined) return known;
  const message = { Body: delivery.body, MessageId: delivery.messageId, ReceiptHandle: delivery.receipt };
  const remembered = { message, takenAt: delivery.leaseUntil, isCopied: false };
  taken.set(delivery, remembered);
  return remembered;
}
