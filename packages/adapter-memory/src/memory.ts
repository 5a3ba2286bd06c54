import { ConfigError } from "@jobs/core";
import { type Broker, type Capabilities, validateBroker } from "@jobs/core/broker";
import { type Clock, createSharedAbort, optionsCheck, optionRules as rule } from "@jobs/core/runtime";
import { checkCapabilities, memoryCapabilities, type NarrowedCapabilities } from "./capabilities.ts";
import { createMemoryConsumer } from "./memory-consumer.ts";
import { createMemoryQueue } from "./memory-queue.ts";
import { createMemoryStorage, type MemoryStorage } from "./memory-storage.ts";
import type { OpenSession } from "./session.ts";

export const KIND = "memory";

/** Options of {@link memory}. */
export interface MemoryOptions {
  /** Default: the storage's clock, or the machine's. A virtual clock makes tests exact. */
  readonly clock?: Clock;
  /** Shared by brokers that should see the same queues. Default: a new storage. */
  readonly storage?: MemoryStorage;
  /** The largest body in bytes of UTF-8. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /** Limits of another broker, which this one declares and respects: it refuses what they exclude. */
  readonly capabilities?: NarrowedCapabilities;
}

const checkOptions = optionsCheck<MemoryOptions>({
  clock: rule.clock,
  storage: rule.having("a storage made by createMemoryStorage", "queue", "leftovers"),
  maxMessageBytes: rule.whole(1),
  capabilities: rule.nested(checkCapabilities),
});

/**
 * A broker inside this process, with leases, delays, priorities, dead letters and counters like a real one. Its
 * messages are lost when the process ends. For tests, and for work that need not survive its process.
 * @throws ConfigError when `clock` is not the clock of `storage`, `maxMessageBytes` is not a positive whole number,
 * or an option is unknown.
 */
export function memory(options: MemoryOptions = {}): Broker {
  checkOptions(options, "memory()");
  return validateBroker(createMemoryBroker(storageOf(options), memoryCapabilities(narrowedBy(options))));
}

/** The broker without the checks that core makes for it. */
function createMemoryBroker(storage: MemoryStorage, capabilities: Capabilities): Broker {
  const sessions = new Set<OpenSession>();

  function openSession(name: string): OpenSession {
    const ending = createSharedAbort();
    const session: OpenSession = {
      name,
      queue: storage.queue(name),
      storage,
      clock: storage.clock,
      capabilities,
      closed: ending.signal,
      close() {
        sessions.delete(session);
        ending.abort();
      },
    };
    sessions.add(session);
    return session;
  }

  return {
    kind: KIND,
    reach: "process",
    limits: capabilities,
    coordination: storage.coordination,
    openQueue: async (name) => createMemoryQueue(openSession(name)),
    openConsumer: async (name, options) => createMemoryConsumer(openSession(name), options),
    close: async () => {
      for (const session of sessions) session.close();
    },
  };
}

function storageOf({ clock, storage }: MemoryOptions): MemoryStorage {
  if (storage === undefined) return createMemoryStorage(clock === undefined ? {} : { clock });
  if (clock !== undefined && clock !== storage.clock) {
    throw new ConfigError("memory(): clock is not the clock of the storage.", {
      hint: "Pass the clock to createMemoryStorage({ clock }) only.",
    });
  }
  return storage;
}

function narrowedBy({ capabilities, maxMessageBytes }: MemoryOptions): NarrowedCapabilities {
  if (maxMessageBytes === undefined) return capabilities ?? {};
  return { ...capabilities, maxMessageBytes };
}
