import { describeHistory, virtualTime } from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/testing";
import { createMemoryHistory, createMemoryHistoryData } from "../src/index.ts";

describeHistory({
  name: "memory",
  createHarness: () => {
    const clock = createVirtualClock();
    const shared = createMemoryHistoryData();
    return {
      time: virtualTime(clock),
      open: () => createMemoryHistory({ clock, shared }),
      dispose: () => {},
    };
  },
});
