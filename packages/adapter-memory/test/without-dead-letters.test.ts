import { describeBroker } from "@jobs/broker-conformance";
import { createMemoryHarness } from "./memory-harness.ts";

describeBroker({
  name: "memory without dead letters",
  createHarness: () => createMemoryHarness({ deadLetter: false, redrive: false }),
});
