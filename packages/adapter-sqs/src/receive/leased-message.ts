import type { Message } from "@aws-sdk/client-sqs";
import type { Delivery } from "@jobs/core/broker";
import { pastDeliveries } from "../dead-letter/read-dead-letter.ts";

/** Facts about a delivery that core does not need. */
export interface LeasedMessage {
  /** SQS's id of this message: a hop or a redriven message has another id than its job's first. */
  readonly id: string;
  readonly message: Message;
  /** When its receive was sent, on the monotonic clock: SQS counts 12 hours from then. */
  readonly takenAt: number;
  /** End of its lease on the monotonic clock. */
  leasedUntil: number;
  /** Whether a release was sent to SQS. From then on only SQS knows its holder, also without an answer. */
  isGivenBack: boolean;
  /** Whether its settlement was sent and not answered yet. */
  isEnding: boolean;
  /** Whether SQS has confirmed the end of its lease: no later request may change the message. */
  isEnded: boolean;
  /** Its request in flight, if any. Requests may overtake each other, so there is only one at a time. */
  underWay: Promise<unknown> | undefined;
  /** Its receipts, with those of repeated deliveries. Its lease is extended and settled with all of them. */
  readonly receipts: string[];
  /** Whether a copy is stored, so that only the original must be deleted; in a bundle also after an ack. */
  isCopied: boolean;
}

const TAKEN = Symbol("taken");

/** A delivery with its message: a separate map would need a cleanup. */
interface OwnDelivery extends Delivery {
  [TAKEN]?: LeasedMessage;
}

/** Makes a delivery of a message. */
export function deliver(
  message: Message,
  takenAt: number,
  { leaseUntil, messageId }: Pick<Delivery, "leaseUntil" | "messageId">,
): Delivery {
  const { Body = "", ReceiptHandle = "", Attributes } = message;
  const delivery: OwnDelivery = {
    leaseUntil,
    messageId,
    body: Body,
    deliveryCount: (Number(Attributes?.ApproximateReceiveCount ?? 1) || 1) + pastDeliveries(message),
    failureCount: null,
    crashCount: null,
    receipt: ReceiptHandle,
    [TAKEN]: takenAs(message, takenAt, leaseUntil),
  };
  return delivery;
}

/** The message of a delivery; for a copied delivery, one from its own fields. */
export function leasedMessage(delivery: OwnDelivery): LeasedMessage {
  const { body, messageId, receipt, leaseUntil } = delivery;
  const message = { Body: body, MessageId: messageId, ReceiptHandle: receipt };
  delivery[TAKEN] ??= takenAs(message, leaseUntil, leaseUntil);
  return delivery[TAKEN];
}

/** Runs `work` when no other request for the message is in flight. */
export function oneAtATime<T>(leased: LeasedMessage, work: () => Promise<T>): Promise<T> {
  const mine = leased.underWay === undefined ? work() : leased.underWay.then(work, work);
  leased.underWay = mine;
  const end = () => {
    if (leased.underWay === mine) leased.underWay = undefined;
  };
  mine.then(end, end);
  return mine;
}

/** The facts about a message that was just received. */
export function takenAs(message: Message, takenAt: number, leasedUntil: number): LeasedMessage {
  const { MessageId: id = "", ReceiptHandle = "" } = message;
  return {
    id,
    message,
    takenAt,
    leasedUntil,
    receipts: [ReceiptHandle],
    isGivenBack: false,
    isEnding: false,
    isEnded: false,
    underWay: undefined,
    isCopied: false,
  };
}
