import { type BrokerHarness, virtualTime } from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/virtual-clock";
import { memoryCapabilities } from "../src/capabilities.ts";
import { createMemoryStorage, type MemoryOptions, memory } from "../src/index.ts";

/** A fresh storage on a virtual clock; `narrowed` declares less than memory can. */
export function createMemoryHarness(narrowed: MemoryOptions["capabilities"] = {}): BrokerHarness {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  return {
    capabilities: memoryCapabilities(narrowed),
    time: virtualTime(clock),
    openBroker: () => memory({ storage, capabilities: narrowed }),
    createQueue: (suffix) => `test-${suffix}`,
    leftovers: () => storage.leftovers(),
    corrupt: (queue, messageId) =>
      void Object.assign(storage.queue(queue).state.find(messageId) ?? {}, { body: "{" }),
    dispose() {},
  };
}
