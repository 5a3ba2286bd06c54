export { adapter } from "./adapter.ts";
export { type QueueTraits, sqsCapabilities } from "./capabilities.ts";
export type { ClientOptions } from "./client/client-options.ts";
export type { Transport } from "./client/transport.ts";
export { type SqsOptions, sqs } from "./sqs.ts";
