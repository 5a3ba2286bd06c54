import { describeBroker } from "@jobs/broker-conformance";
import { afterAll, describe } from "vitest";
import { EndpointProcess } from "./endpoint-process.ts";
import { createSqsHarness, type QueueKind } from "./sqs-harness.ts";

const endpoint = await EndpointProcess.start();

const KINDS: Readonly<Record<string, QueueKind>> = {
  "sqs standard": { isFifo: false, hasDeadLetters: true },
  "sqs standard without dead letters": { isFifo: false, hasDeadLetters: false },
  "sqs standard with bundles": { isFifo: false, hasDeadLetters: true, jobsPerMessage: 5 },
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
      regressions: {
        "a message that was received as often as SQS allows is set aside when its last lease ends": [
          { do: "send", count: 1, delayTicks: 0, priority: 0 },
          ...Array.from({ length: 7 }, () => [
            { do: "receive", process: 0, max: 1 } as const,
            { do: "tick", ticks: 4 } as const,
          ]).flat(),
        ],
      },
    });
  }
});
