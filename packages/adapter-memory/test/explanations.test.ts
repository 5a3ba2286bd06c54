import { describeExplanations } from "@jobs/broker-conformance";
import { createMemoryStorage, memory, memoryResults } from "../src/index.ts";

describeExplanations({
  name: "memory",
  createWorld: () => {
    const storage = createMemoryStorage();
    const shared = memoryResults();
    return {
      queuePrefix: "",
      openBroker: () => memory({ storage }),
      openResults: () => memoryResults({ shared }),
      dispose: () => {},
    };
  },
});
