export { type QueueTraits, sqsCapabilities } from "./capabilities.ts";
export type { ClientOptions } from "./client/client-options.ts";
export { type SqsOptions, sqs } from "./sqs.ts";
