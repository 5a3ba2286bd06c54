import {
  createMemoryStorage,
  type MemoryStorage,
  memory,
  type NarrowedCapabilities,
} from "@jobs/adapter-memory";
import { ConfigError } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import {
  createVirtualClock,
  deterministicIds,
  type RuntimeParts,
  seededRandom,
  type VirtualClock,
} from "@jobs/core/testing";
import { BROKER_LIMITS, type BrokerLike } from "./broker-limits.ts";

/** Options of {@link createTestWorld}. */
export interface TestWorldOptions {
  /** The limits of the broker: another broker's, or your own. Default `memory`. */
  readonly like?: BrokerLike | NarrowedCapabilities;
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
export function createTestWorld({ like = "memory", seed = 1, startAt }: TestWorldOptions): TestWorld {
  const clock = createVirtualClock(startAt === undefined ? undefined : startOf(startAt));
  const storage = createMemoryStorage({ clock });
  const queues = new Set<string>();
  const kind = typeof like === "string" ? like : "memory";
  const capabilities = typeof like === "string" ? limitsOf(like) : like;
  return {
    clock,
    // Ids use their own random numbers, so that one more jitter does not change all later ids.
    runtime: { clock, random: seededRandom(seed), ids: deterministicIds(clock, seededRandom(~seed)) },
    storage,
    queues,
    openBroker: () => noteQueues({ ...memory({ storage, capabilities }), kind }, queues),
  };
}

function startOf(startAt: Date | number): number {
  const ms = Number(startAt);
  if (Number.isFinite(ms)) return ms;
  throw new ConfigError("startAt must be a valid date, or ms since 1970.");
}

/** @throws ConfigError for an unknown name, which plain JavaScript may pass. */
function limitsOf(kind: BrokerLike): NarrowedCapabilities {
  if (Object.hasOwn(BROKER_LIMITS, kind)) return BROKER_LIMITS[kind];
  throw new ConfigError(`like: there are no limits of a broker ${JSON.stringify(kind)}.`, {
    hint: `Known: ${Object.keys(BROKER_LIMITS).join(", ")}; or pass the limits themselves.`,
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
