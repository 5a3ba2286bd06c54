export { defineTask } from "./define-task.ts";
export { createProducer, type Destination, type Producer, type ProducerOptions } from "./producer.ts";
export type { Credentials } from "./sqs/signature.ts";
export { type SqsOptions, sqs } from "./sqs/sqs.ts";
