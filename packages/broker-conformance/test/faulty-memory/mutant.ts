import type { MemoryOptions, MemoryStorage } from "@jobs/adapter-memory";
import type { Broker, BrokerConsumer, BrokerQueue, Capabilities } from "@jobs/core/broker";
import type { Clock } from "@jobs/core/runtime";
import type { GroupKeeping } from "./grouped-memory.ts";
import type { TransactionKeeping } from "./transactional-memory.ts";

/** The messages of one queue, as memory keeps them. */
export type QueueState = ReturnType<MemoryStorage["queue"]>["state"];

/** What a mutant finds beside the part that it breaks. */
export interface Inside {
  readonly state: QueueState;
  readonly clock: Clock;
  /** The lease that the consumer takes; 0 for a queue. */
  readonly leaseMs: number;
}

/** A flaw of the checks that core makes for every broker. The parts replace what they return of the checked broker. */
export interface FaultyChecks {
  /** Capabilities that the checks take for declared. */
  readonly assume?: Partial<Capabilities>;
  readonly queue?: (queue: BrokerQueue) => Partial<BrokerQueue>;
  readonly consumer?: (consumer: BrokerConsumer) => Partial<BrokerConsumer>;
  readonly broker?: (broker: Broker) => Partial<Broker>;
}

/** Memory with one flaw. Each part replaces what it returns and leaves the rest as it was. */
export interface Mutant {
  /** What is wrong with it, in words. */
  readonly flaw: string;
  /** What it declares, where that is less than memory does. */
  readonly declares?: MemoryOptions["capabilities"];
  /** What it declares beyond what memory can. Its own parts have to do that. */
  readonly claims?: Partial<Capabilities>;
  /** What it really keeps to, where that is not what it declares. */
  readonly keeps?: MemoryOptions["capabilities"];
  /** The flaw is not in memory, but in what core checks before it. */
  readonly checks?: FaultyChecks;
  /** It declares an order in groups, and keeps it so. */
  readonly groups?: GroupKeeping;
  /** It takes part in transactions of the caller, and keeps them so. */
  readonly transactions?: TransactionKeeping;
  /** The queue that it really opens. */
  readonly rename?: (name: string) => string;
  readonly state?: (state: QueueState, clock: Clock) => Partial<QueueState>;
  readonly queue?: (queue: BrokerQueue, inside: Inside) => Partial<BrokerQueue>;
  readonly consumer?: (consumer: BrokerConsumer, inside: Inside) => Partial<BrokerConsumer>;
  readonly broker?: (broker: Broker) => Partial<Broker>;
}
