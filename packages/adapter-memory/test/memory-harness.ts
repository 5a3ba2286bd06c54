import { type BrokerHarness, scaledTime, virtualTime } from "@jobs/broker-conformance";
import { type Clock, systemClock } from "@jobs/core/runtime";
import { createVirtualClock } from "@jobs/core/testing";
import { memoryCapabilities } from "../src/capabilities.ts";
import { createMemoryStorage, type MemoryOptions, memory } from "../src/index.ts";

/** A new storage on a virtual clock; `narrowed` declares fewer capabilities. */
export function createMemoryHarness(narrowed: MemoryOptions["capabilities"] = {}): BrokerHarness {
  const clock = createVirtualClock();
  return { ...onClock(clock, narrowed), time: virtualTime(clock) };
}

/** A new storage on the machine's clock. */
export function createRealTimeHarness(): BrokerHarness {
  return { ...onClock(systemClock, {}), time: scaledTime() };
}

function onClock(
  clock: Clock,
  narrowed: NonNullable<MemoryOptions["capabilities"]>,
): Omit<BrokerHarness, "time"> {
  const storage = createMemoryStorage({ clock });
  return {
    capabilities: memoryCapabilities(narrowed),
    openBroker: () => memory({ storage, capabilities: narrowed }),
    createQueue: (suffix) => `test-${suffix}`,
    leftovers: () => storage.leftovers(),
    corrupt: (queue, messageId) =>
      void Object.assign(storage.queue(queue).state.find(messageId) ?? {}, { body: "{" }),
    dispose() {},
  };
}
