import type { SqsConsumer } from "../receive/sqs-consumer.ts";
import type { QueueRequests } from "./queue-requests.ts";

declare const requests: QueueRequests;
declare const consumer: SqsConsumer;

requests.delete([], 4_500);
// @ts-expect-error: a request has a time limit
requests.delete([]);
// @ts-expect-error: what is sent has one, too
requests.send([]);
// @ts-expect-error: a driver is given the limit of each call
consumer.settle([]);
