import { describeBroker } from "@jobs/broker-conformance";
import { afterAll, describe } from "vitest";
import { EndpointProcess } from "./endpoint-process.ts";
import { createSqsHarness, type QueueKind } from "./sqs-harness.ts";

const endpoint = await EndpointProcess.start();

const KINDS: Readonly<Record<string, QueueKind>> = {
  "sqs standard": { isFifo: false, hasDeadLetters: true },
  "sqs standard without dead letters": { isFifo: false, hasDeadLetters: false },
  "sqs FIFO": { isFifo: true, hasDeadLetters: true },
};

describe("on a real endpoint", () => {
  afterAll(() => endpoint.close());
  for (const [name, kind] of Object.entries(KINDS)) {
    describeBroker({
      name,
      createHarness: () => createSqsHarness(endpoint, kind),
      modelRuns: 10,
      timeoutMs: 60_000,
    });
  }
});
