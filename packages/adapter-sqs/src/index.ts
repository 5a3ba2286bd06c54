export { adapter } from "./adapter.ts";
export { type QueueSettings, sqsCapabilities } from "./capabilities.ts";
export type { ClientOptions, Transport } from "./client/client-options.ts";
export { type SqsOptions, sqs } from "./sqs.ts";
