import type { AdapterDescriptor } from "@jobs/core/broker";
import { sqsCapabilities } from "./capabilities.ts";
import { KIND } from "./client/sqs-fault.ts";
import { optionsOfUrl } from "./client/sqs-url.ts";
import { sqsName } from "./queue/queue-name.ts";
import { type SqsOptions, sqs } from "./sqs.ts";

/** Describes this package for programs that work with every adapter. The factory checks its options. */
export const adapter: AdapterDescriptor = {
  kind: KIND,
  schemes: [KIND, "http", "https"],
  reach: "network",
  limits: sqsCapabilities(),
  targetOptions: ["endpoint", "region"],
  readUrl: optionsOfUrl,
  createBroker: ({ options }) => sqs(options as SqsOptions),
  queueName: sqsName,
};
