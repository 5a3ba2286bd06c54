import { describeResults, virtualTime } from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/testing";
import { memoryResults } from "../src/index.ts";

describeResults({
  name: "memory",
  createHarness: () => {
    const clock = createVirtualClock();
    const shared = memoryResults({ clock });
    return { time: virtualTime(clock), open: () => memoryResults({ shared }), dispose: () => {} };
  },
});
