import { describeBroker, describeServices } from "@jobs/broker-conformance";
import { createMemoryStorage, memory, memoryResults } from "../src/index.ts";
import { createMemoryHarness } from "./memory-harness.ts";

const capabilities = { deadLetter: false, redrive: false } as const;

describeBroker({
  name: "memory without dead letters",
  createHarness: () => createMemoryHarness(capabilities),
});

describeServices({
  name: "memory without dead letters",
  createWorld: () => {
    const storage = createMemoryStorage();
    const shared = memoryResults();
    return {
      queuePrefix: "",
      openBroker: () => memory({ storage, capabilities }),
      openResults: () => memoryResults({ shared }),
      dispose: () => {},
    };
  },
});
