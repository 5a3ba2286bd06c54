import { queueArn } from "./emulator.ts";
import type { SqsService } from "./protocol/sqs-call.ts";

/** The queue that a test needs; the product itself never creates one. */
export interface QueueSpec {
  /** Full name; for FIFO it ends in `.fifo`. */
  readonly name: string;
  /** Full name of its dead-letter queue, made along with it. Default: none. */
  readonly dlq?: string;
  /** After how many receives SQS itself moves a message there. Default 10. */
  readonly maxReceiveCount?: number;
  /** In seconds. Default 30. */
  readonly visibilityTimeout?: number;
  /** Default false. */
  readonly fifo?: boolean;
  /** Of the account that signs. Default `us-east-1`. */
  readonly region?: string;
  /** Further attributes by the names of AWS: `{ MaximumMessageSize: "1024" }`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The address of a queue. */
export interface ProvisionedQueue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
}

/** Makes the queue, after its dead-letter queue. @throws Error with the refusal of SQS. */
export async function provisionQueue(service: SqsService, spec: QueueSpec): Promise<ProvisionedQueue> {
  const { name, dlq, region = "us-east-1", fifo = false } = spec;
  if (dlq !== undefined)
    await create(service, dlq, { region, attributes: fifo ? { FifoQueue: "true" } : {} });
  const url = await create(service, name, { region, attributes: attributesOf(spec, region) });
  return { name, url, arn: queueArn(name, region) };
}

function attributesOf(spec: QueueSpec, region: string): Readonly<Record<string, string>> {
  const { dlq, maxReceiveCount = 10, visibilityTimeout, fifo = false, attributes = {} } = spec;
  const redrive = { deadLetterTargetArn: queueArn(dlq ?? "", region), maxReceiveCount };
  return {
    ...(fifo ? { FifoQueue: "true" } : {}),
    ...(dlq === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
    ...(visibilityTimeout === undefined ? {} : { VisibilityTimeout: String(visibilityTimeout) }),
    ...attributes,
  };
}

interface Creation {
  readonly region: string;
  readonly attributes: Readonly<Record<string, string>>;
}

async function create(service: SqsService, name: string, { region, attributes }: Creation): Promise<string> {
  const body = { QueueName: name, Attributes: attributes };
  const answer = await service({ action: "CreateQueue", region, body });
  if (answer.status === "cut" || answer.code !== 200) {
    throw new Error(`queue "${name}" was not made: ${JSON.stringify(answer)}`);
  }
  return String(answer.body.QueueUrl);
}
