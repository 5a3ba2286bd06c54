import { describeCoordination, virtualTime } from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/testing";
import { createMemoryStorage, memory } from "../src/index.ts";

describeCoordination({
  name: "memory",
  createHarness: () => {
    const clock = createVirtualClock();
    const storage = createMemoryStorage({ clock });
    return {
      time: virtualTime(clock),
      open: () => memory({ storage }).coordination ?? storage.coordination,
      dispose: () => {},
    };
  },
});
