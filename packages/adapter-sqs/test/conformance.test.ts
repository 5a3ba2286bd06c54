import { type BrokerUnderTest, describeBroker } from "@jobs/broker-conformance";
import { afterAll, describe } from "vitest";
import { EndpointProcess } from "./endpoint-process.ts";
import { createSqsHarness, type QueueKind } from "./sqs-harness.ts";

const endpoint = await EndpointProcess.start();

const KINDS: Readonly<Record<string, QueueKind>> = {
  "sqs standard": { isFifo: false, hasDeadLetters: true },
  "sqs standard without dead letters": { isFifo: false, hasDeadLetters: false },
  "sqs FIFO": { isFifo: true, hasDeadLetters: true },
};

const REGRESSIONS: BrokerUnderTest["regressions"] = {
  "a refused end of a lease leaves it to another in the same call": [
    { do: "send", count: 1, delayTicks: 0, priority: 0 },
    { do: "receive", process: 0, max: 1 },
    {
      do: "settle",
      choices: [
        { pick: 0, action: "dead" },
        { pick: 0, action: "release" },
      ],
    },
  ],
};

describe("on a real endpoint", () => {
  afterAll(() => endpoint.close());
  for (const [name, kind] of Object.entries(KINDS)) {
    describeBroker({
      name,
      createHarness: () => createSqsHarness(endpoint, kind),
      modelRuns: 10,
      timeoutMs: 60_000,
      regressions: REGRESSIONS,
    });
  }
});
