import {
  createMemoryStorage,
  type MemoryStorage,
  memory,
  type NarrowedCapabilities,
} from "@jobs/adapter-memory";
import { ConfigError } from "@jobs/core";
import type { AdapterDescriptor, Broker } from "@jobs/core/broker";
import {
  createVirtualClock,
  deterministicIds,
  type RuntimeParts,
  seededRandom,
  type VirtualClock,
} from "@jobs/core/testing";

/** Options of {@link createTestWorld}. */
export interface TestWorldOptions {
  /** The limits of the broker: those of another broker's `adapter`, or your own. Default: those of memory. */
  readonly like?: AdapterDescriptor | NarrowedCapabilities;
  /** The seed of randomness and ids. The same seed gives the same ids, delays and jitter. Default 1. */
  readonly seed?: number;
  /** The start of the virtual clock, also as ms since 1970. Default 2026-01-01T00:00:00Z. */
  readonly startAt?: Date | number;
}

/** What connected test apps share: the stored messages, time and randomness. */
export interface TestWorld {
  readonly clock: VirtualClock;
  readonly runtime: Required<Omit<RuntimeParts, "logger">>;
  readonly storage: MemoryStorage;
  /** Full names of all queues that were opened. */
  readonly queues: ReadonlySet<string>;
  /** A separate connection: closing it does not close others. */
  openBroker(): Broker;
}

/** Creates an empty {@link TestWorld}. @throws ConfigError when an option cannot be used. */
export function createTestWorld({ like = {}, seed = 1, startAt }: TestWorldOptions): TestWorld {
  const clock = createVirtualClock(startAt === undefined ? undefined : startOf(startAt));
  const storage = createMemoryStorage({ clock });
  const queues = new Set<string>();
  const { kind, capabilities } = limitsOf(like);
  return {
    clock,
    // Ids use their own random numbers, so that one more jitter does not change all later ids.
    runtime: { clock, random: seededRandom(seed), ids: deterministicIds(clock, seededRandom(~seed)) },
    storage,
    queues,
    openBroker: () => noteQueues({ ...memory({ storage, capabilities }), ...kind }, queues),
  };
}

function startOf(startAt: Date | number): number {
  const ms = Number(startAt);
  if (Number.isFinite(ms)) return ms;
  throw new ConfigError("startAt must be a valid date, or ms since 1970.");
}

/** The declared capabilities and the broker's name. @throws ConfigError for an adapter that keeps no queues */
function limitsOf(like: AdapterDescriptor | NarrowedCapabilities): {
  readonly kind: { readonly kind?: string };
  readonly capabilities: NarrowedCapabilities;
} {
  if (!("readUrl" in like)) return { kind: {}, capabilities: like };
  const { kind, limits } = like;
  if (limits !== undefined) return { kind: { kind }, capabilities: limits };
  throw new ConfigError(`like: ${kind} is not a broker.`, {
    hint: "Pass the adapter of the broker that your app runs on, or limits of your own.",
  });
}

function noteQueues(broker: Broker, names: Set<string>): Broker {
  return {
    ...broker,
    openQueue(name) {
      names.add(name);
      return broker.openQueue(name);
    },
    openConsumer(name, options) {
      names.add(name);
      return broker.openConsumer(name, options);
    },
  };
}
