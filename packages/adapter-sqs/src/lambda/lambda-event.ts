import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";

/** The event that Lambda makes of messages of a queue. The `SQSEvent` of `@types/aws-lambda` fits. */
export interface LambdaEvent {
  readonly Records: readonly LambdaRecord[];
}

/** One message of a {@link LambdaEvent}. */
export interface LambdaRecord {
  /** SQS's id. The answer names records by it. */
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: LambdaRecordAttributes;
  readonly messageAttributes: Readonly<Record<string, LambdaMessageAttribute>>;
  /** `arn:aws:sqs:region:account:queue`. */
  readonly eventSourceARN: string;
}

/** What SQS adds to a message. Times are in ms since 1970. */
export interface LambdaRecordAttributes {
  readonly ApproximateReceiveCount: string;
  readonly SentTimestamp: string;
  readonly ApproximateFirstReceiveTimestamp: string;
  readonly MessageGroupId?: string | undefined;
}

/** An attribute of a message; one that is binary is written as base64. */
export interface LambdaMessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string | undefined;
  readonly binaryValue?: string | undefined;
}

/** The part of Lambda's context that is used. */
export interface LambdaContext {
  /** ms until Lambda ends the invocation. */
  getRemainingTimeInMillis(): number;
}

/** The answer of a function. Lambda deletes the messages of all other records. */
export interface LambdaAnswer {
  // Lambda reads it, so it is no readonly array: that would not fit the type of `@types/aws-lambda`.
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/** The record as the message that a receive would bring. */
export function messageOf(record: LambdaRecord): Message {
  const { messageId, receiptHandle, body, messageAttributes } = record;
  const { MessageGroupId, ...attributes } = record.attributes;
  const own = Object.entries(messageAttributes ?? {});
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle,
    Body: body,
    Attributes: MessageGroupId === undefined ? attributes : { ...attributes, MessageGroupId },
    MessageAttributes: Object.fromEntries(own.map(([name, value]) => [name, attributeOf(value)])),
  };
}

/** The full name of the queue that a record comes from. */
export function queueOf({ eventSourceARN }: LambdaRecord): string {
  return eventSourceARN.split(":").at(-1) ?? "";
}

function attributeOf({ dataType, stringValue, binaryValue }: LambdaMessageAttribute): MessageAttributeValue {
  return {
    DataType: dataType,
    ...(stringValue === undefined ? {} : { StringValue: stringValue }),
    ...(binaryValue === undefined ? {} : { BinaryValue: Buffer.from(binaryValue, "base64") }),
  };
}
