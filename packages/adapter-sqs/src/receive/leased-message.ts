import type { Message } from "@aws-sdk/client-sqs";
import type { Delivery } from "@jobs/core/broker";

/** What is known of a delivery beyond what core is told. */
export interface LeasedMessage {
  /** The id that SQS gave this very message: a hop or a redriven message has another than its job's first. */
  readonly id: string;
  readonly message: Message;
  /** When its receive was asked for, on the monotonic clock: SQS counts 12 hours from then. */
  readonly takenAt: number;
  /** End of its lease on the monotonic clock. */
  heldUntil: number;
  /** SQS was asked to give it to others. From then on only SQS knows who has it, also when no answer came. */
  isGivenBack: boolean;
  /** Its end is asked for, and not answered yet. */
  isEnding: boolean;
  /** SQS has confirmed the end of its lease: no later request may change the message again. */
  isEnded: boolean;
  /** The request about it that is under way, if any: requests overtake each other, so there is one at a time. */
  underWay: Promise<unknown> | undefined;
  /** Its own, and those of deliveries that came while it was held: its lease is kept and ended with all of them. */
  readonly receipts: string[];
  /** Its copy among the dead letters is made; only the original is still to go. */
  isCopied: boolean;
}

const TAKEN = Symbol("taken");

/** Carries its message: a map beside it would have to be told when core has forgotten it. */
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
    deliveryCount: Number(Attributes?.ApproximateReceiveCount ?? 1) || 1,
    failureCount: null,
    crashCount: null,
    receipt: ReceiptHandle,
    [TAKEN]: takenAs(message, takenAt, leaseUntil),
  };
  return delivery;
}

/** What a delivery was made of; for one that was written down on its way, what it says itself. */
export function leasedMessage(delivery: OwnDelivery): LeasedMessage {
  const { body, messageId, receipt, leaseUntil } = delivery;
  const message = { Body: body, MessageId: messageId, ReceiptHandle: receipt };
  delivery[TAKEN] ??= takenAs(message, leaseUntil, leaseUntil);
  return delivery[TAKEN];
}

/** Does `work` when no other request about the message is under way any more. */
export function inTurn<T>(leased: LeasedMessage, work: () => Promise<T>): Promise<T> {
  const mine = leased.underWay === undefined ? work() : leased.underWay.then(work, work);
  leased.underWay = mine;
  const end = () => {
    if (leased.underWay === mine) leased.underWay = undefined;
  };
  mine.then(end, end);
  return mine;
}

/** What is known of a message that was just taken. */
export function takenAs(message: Message, takenAt: number, heldUntil: number): LeasedMessage {
  const { MessageId: id = "", ReceiptHandle = "" } = message;
  return {
    id,
    message,
    takenAt,
    heldUntil,
    receipts: [ReceiptHandle],
    isGivenBack: false,
    isEnding: false,
    isEnded: false,
    underWay: undefined,
    isCopied: false,
  };
}
