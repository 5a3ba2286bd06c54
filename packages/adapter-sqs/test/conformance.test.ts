import { describeBroker } from "@jobs/broker-conformance";
import { startSqsEndpoint } from "@jobs/test-servers";
import { afterAll, describe } from "vitest";
import { createSqsHarness, type QueueKind } from "./sqs-harness.ts";

const endpoint = await startSqsEndpoint({ isShuffled: true });

const KINDS: Readonly<Record<string, QueueKind>> = {
  "sqs standard": { isFifo: false, hasDeadLetters: true },
  "sqs standard without dead letters": { isFifo: false, hasDeadLetters: false },
  "sqs FIFO": { isFifo: true, hasDeadLetters: true },
};

describe("on a real endpoint", { concurrent: true }, () => {
  afterAll(() => endpoint.close());
  for (const [name, kind] of Object.entries(KINDS)) {
    describeBroker({
      name,
      createHarness: () => createSqsHarness(endpoint, kind),
      modelRuns: 8,
      timeoutMs: 100_000,
      isConcurrent: true,
    });
  }
});
