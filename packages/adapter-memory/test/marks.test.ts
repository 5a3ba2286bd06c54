import { describeMarks, virtualTime } from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/virtual-clock";
import { createMemoryStorage, memory } from "../src/index.ts";

describeMarks({
  name: "memory",
  createHarness: () => {
    const clock = createVirtualClock();
    const storage = createMemoryStorage({ clock });
    return {
      time: virtualTime(clock),
      open: () => memory({ storage }).marks ?? storage.marks,
      dispose: () => {},
    };
  },
});
