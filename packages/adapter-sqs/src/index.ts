export { type QueueTraits, sqsCapabilities } from "./capabilities.ts";
export type { ClientOptions } from "./client/client-options.ts";
export type { Transport } from "./client/transport.ts";
export { sqsName as sqsQueueName } from "./queue/queue-name.ts";
export { type SqsOptions, sqs } from "./sqs.ts";
