import {
  createMemoryStorage,
  type MemoryStorage,
  memory,
  type NarrowedCapabilities,
} from "@jobs/adapter-memory";
import { ConfigError } from "@jobs/core";
import type { AdapterDescriptor, Broker, BrokerQueue, OutgoingMessage } from "@jobs/core/broker";
import { type OptionRule, optionRules } from "@jobs/core/runtime";
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
  readonly like?: Like;
  /** The seed of randomness and ids. The same seed gives the same ids, delays and jitter. Default 1. */
  readonly seed?: number;
  /** The start of the virtual clock, also as ms since 1970. Default 2026-01-01T00:00:00Z. */
  readonly startAt?: Date | number;
}

/** Another broker's `adapter`, or limits of your own. */
export type Like = AdapterDescriptor | NarrowedCapabilities;

/** The rule of the option `like`. */
export const LIKE_RULE: OptionRule = {
  ...optionRules.object,
  expected: "the adapter of a broker, or limits",
};

/** A message as it was sent: by a test, by a handler, by a flow or by a schedule. */
export interface SentMessage {
  /** Full name of its queue. */
  readonly queue: string;
  readonly message: OutgoingMessage;
  /** In ms since 1970 on the test's clock. */
  readonly sentAt: number;
}

/** What connected test apps share: the stored messages, time and randomness. */
export interface TestWorld {
  readonly clock: VirtualClock;
  readonly runtime: Required<Omit<RuntimeParts, "logger">>;
  readonly storage: MemoryStorage;
  /** Full names of all queues that were opened. */
  readonly queues: ReadonlySet<string>;
  /** All messages that were stored so far, in the order of sending. */
  readonly sent: readonly SentMessage[];
  /** A separate connection: closing it does not close others. `own`: the broker whose limits it has without `like`. */
  openBroker(own?: Broker): Broker;
}

/** Creates an empty {@link TestWorld}. @throws ConfigError when an option cannot be used. */
export function createTestWorld({ like, seed = 1, startAt }: TestWorldOptions): TestWorld {
  const clock = createVirtualClock(startAt === undefined ? undefined : startOf(startAt));
  const storage = createMemoryStorage({ clock });
  const queues = new Set<string>();
  const sent: SentMessage[] = [];
  const chosen = like && limitsOf(like);
  return {
    clock,
    // Ids use their own random numbers, so that one more jitter does not change all later ids.
    runtime: { clock, random: seededRandom(seed), ids: deterministicIds(clock, seededRandom(~seed)) },
    storage,
    queues,
    sent,
    openBroker(own) {
      const { kind, capabilities } = chosen ?? limitsOfBroker(own);
      const broker = { ...memory({ storage, capabilities }), ...kind };
      return recorded(broker, queues, (queue, message) => sent.push({ queue, message, sentAt: clock.now() }));
    },
  };
}

function startOf(startAt: Date | number): number {
  const ms = Number(startAt);
  if (Number.isFinite(ms)) return ms;
  throw new ConfigError("startAt must be a valid date, or ms since 1970.");
}

/** The name of a broker, if it has one, and what it declares. */
interface Limits {
  readonly kind: { readonly kind?: string };
  readonly capabilities: NarrowedCapabilities;
}

/** @throws ConfigError for an adapter that keeps no queues */
function limitsOf(like: Like): Limits {
  if (!("readUrl" in like)) return { kind: {}, capabilities: like };
  const { kind, limits } = like;
  if (limits !== undefined) return { kind: { kind }, capabilities: limits };
  throw new ConfigError(`like: ${kind} is not a broker.`, {
    hint: "Pass the adapter of the broker that your app runs on, or limits of your own.",
  });
}

/** The limits of memory for a broker that does not know its own before it opens. */
function limitsOfBroker(broker: Broker | undefined): Limits {
  if (broker === undefined) return { kind: {}, capabilities: {} };
  return { kind: { kind: broker.kind }, capabilities: broker.limits ?? {} };
}

/** Notes the names of opened queues and the messages that are stored. */
function recorded(
  broker: Broker,
  names: Set<string>,
  note: (queue: string, message: OutgoingMessage) => void,
): Broker {
  return {
    ...broker,
    async openQueue(name) {
      names.add(name);
      return recordedQueue(await broker.openQueue(name), note);
    },
    openConsumer(name, options) {
      names.add(name);
      return broker.openConsumer(name, options);
    },
  };
}

function recordedQueue(
  queue: BrokerQueue,
  note: (queue: string, message: OutgoingMessage) => void,
): BrokerQueue {
  return {
    ...queue,
    async send(messages, options) {
      const results = await queue.send(messages, options);
      for (const [index, message] of messages.entries()) {
        if (results[index]?.status === "sent") note(queue.name, message);
      }
      return results;
    },
  };
}
