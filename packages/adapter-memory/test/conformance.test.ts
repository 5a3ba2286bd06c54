import { describeBroker } from "@jobs/broker-conformance";
import { createMemoryHarness } from "./memory-harness.ts";
import { sqsLike } from "./sqs-like.ts";

describeBroker({ name: "memory", createHarness: () => createMemoryHarness() });
describeBroker({
  name: "memory narrowed to what SQS declares",
  createHarness: () => createMemoryHarness(sqsLike),
});
describeBroker({
  name: "memory narrowed to receipts that are stale at the end of their lease",
  createHarness: () => createMemoryHarness({ fencing: "lease-end", order: "best-effort" }),
});
