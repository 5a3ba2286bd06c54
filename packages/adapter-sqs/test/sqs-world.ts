import { type MessageAttributeValue, SQS } from "@aws-sdk/client-sqs";
import type { Broker, BrokerConsumer, BrokerQueue, Delivery, OutgoingMessage } from "@jobs/core/broker";
import { type Clock, systemClock } from "@jobs/core/runtime";
import {
  type QueueSpec,
  type SqsCall,
  type SqsEndpoint,
  type SqsEndpointOptions,
  startSqsEndpoint,
} from "@jobs/test-servers";
import { createSqsBroker, type SqsOptions } from "../src/sqs.ts";
import { CREDENTIALS } from "./credentials.ts";

/** What a test wants of its world. */
export interface WorldOptions {
  readonly endpoint?: SqsEndpointOptions;
  /** Of the queue that every world has. Default: with a dead-letter queue. */
  readonly queue?: Partial<QueueSpec>;
  readonly broker?: SqsOptions;
  /** Longest delay of one step, in seconds. Default: that of SQS. */
  readonly maxDelaySeconds?: number;
  readonly leaseMs?: number;
  /** How long a look at dead letters waits for one, in seconds. Default: as in SQS's broker. */
  readonly lookSeconds?: number;
  /** For leases and waits. Default: the time of this machine. */
  readonly clock?: Clock;
}

/** An endpoint, a broker on it, and one queue opened from both ends. */
export class SqsWorld implements AsyncDisposable {
  readonly endpoint: SqsEndpoint;
  /** Every request since the queue was opened. */
  readonly calls: SqsCall[];
  readonly broker: Broker;
  readonly queue: BrokerQueue;
  readonly consumer: BrokerConsumer;

  private constructor(
    endpoint: SqsEndpoint,
    calls: SqsCall[],
    broker: Broker,
    ends: readonly [BrokerQueue, BrokerConsumer],
  ) {
    this.endpoint = endpoint;
    this.calls = calls;
    this.broker = broker;
    [this.queue, this.consumer] = ends;
  }

  static async open(options: WorldOptions = {}): Promise<SqsWorld> {
    const { queue: spec = {}, broker: brokerOptions, maxDelaySeconds = 900, leaseMs = 30_000 } = options;
    const calls: SqsCall[] = [];
    const onCall = (call: SqsCall) => void calls.push(call);
    const endpoint = await startSqsEndpoint({ ...options.endpoint, onCall });
    const name = spec.name ?? QUEUE;
    const dlq = name.replace(/^([^.]+)/, "$1-dead");
    await endpoint.createQueue({ name, dlq, ...spec });
    const { clock = systemClock, lookSeconds } = options;
    const pace = { maxDelaySeconds, clock, ...(lookSeconds === undefined ? {} : { lookSeconds }) };
    const broker = createSqsBroker({ ...atEndpoint(endpoint), ...brokerOptions }, pace);
    const ends = [await broker.openQueue(name), await broker.openConsumer(name, { leaseMs })] as const;
    calls.length = 0;
    endpoint.resetRequests();
    return new SqsWorld(endpoint, calls, broker, ends);
  }

  /** Sends one message of each id. */
  async send(ids: readonly string[], options: Partial<OutgoingMessage> = {}): Promise<void> {
    await this.queue.send(ids.map((id) => ({ ...letter(id), ...options })));
  }

  /** Sends one message as another program would, with attributes of its own. */
  async sendForeign(
    MessageAttributes: Readonly<Record<string, MessageAttributeValue>>,
    MessageBody = "{}",
  ): Promise<void> {
    const client = new SQS({ ...CREDENTIALS, endpoint: this.endpoint.url, region: "us-east-1" });
    const { QueueUrl } = await client.getQueueUrl({ QueueName: this.queue.name });
    await client.sendMessage({ QueueUrl, MessageBody, MessageAttributes: { ...MessageAttributes } });
    client.destroy();
  }

  /** What can be received within `waitMs`. */
  take(max = 10, waitMs = 0): Promise<readonly Delivery[]> {
    return this.consumer.receive({ max, waitMs, signal: NEVER });
  }

  /** The one message that can be received. */
  async takeOne(waitMs = 0): Promise<Delivery> {
    const [delivery] = await this.take(1, waitMs);
    if (delivery === undefined) throw new Error("nothing to be received");
    return delivery;
  }

  /** Requests of one action. */
  callsOf(action: string): readonly SqsCall["body"][] {
    return this.calls.filter((call) => call.action === action).map(({ body }) => body);
  }

  /** The entries of all batch requests of one action. */
  entriesOf(action: string): readonly SqsCall["body"][] {
    return this.callsOf(action).flatMap(({ Entries }) => Entries as readonly SqsCall["body"][]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoint.close();
    await this.broker.close();
  }
}

/** The queue that every world has, unless it is told another. */
export const QUEUE = "letters";

const NEVER = new AbortController().signal;

/** Where brokers of a test find their endpoint. */
export function atEndpoint(endpoint: SqsEndpoint): SqsOptions {
  return { endpoint: endpoint.url, region: "us-east-1", client: CREDENTIALS };
}

/** A message whose body tells its id. */
export function letter(id: string): OutgoingMessage {
  return { id, label: "tell", body: JSON.stringify({ name: id }) };
}
