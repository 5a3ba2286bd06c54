import type { CoordinationStore } from "@jobs/core/broker";
import { type Clock, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import { createMemoryCoordination } from "./memory-coordination.ts";
import { QueueState } from "./queue-state.ts";
import { WaitLine } from "./wait-line.ts";

/** A queue and the receives that wait for its messages. */
export interface StoredQueue {
  readonly state: QueueState;
  readonly waiting: WaitLine;
}

/**
 * The storage of memory brokers. Brokers that share a storage see the same queues, like processes that share a server.
 * The clock of the storage decides what is due and what has expired.
 */
export interface MemoryStorage {
  readonly clock: Clock;
  /** The queue with this full name; the first call creates it. */
  queue(name: string): StoredQueue;
  /** The coordination store beside the queues. */
  readonly coordination: CoordinationStore;
  /** A new number at each call, for the order of arrival and for receipts. */
  nextNumber(): number;
  /** `queue/message (state)` for all stored messages; empty when a test has drained its queues. */
  leftovers(): readonly string[];
}

const checkOptions = optionsCheck<{ readonly clock?: Clock }>({ clock: optionRules.clock });

/**
 * Creates an empty {@link MemoryStorage}. `clock`: default the machine's.
 * @throws ConfigError for an unknown option, or a `clock` that is none.
 */
export function createMemoryStorage(options: { readonly clock?: Clock } = {}): MemoryStorage {
  checkOptions(options, "createMemoryStorage");
  const clock = options.clock ?? systemClock;
  const queues = new Map<string, StoredQueue>();
  let lastNumber = 0;
  return {
    clock,
    queue(name) {
      let queue = queues.get(name);
      if (queue === undefined) {
        const state = new QueueState(name);
        queue = { state, waiting: new WaitLine(state, clock) };
        queues.set(name, queue);
      }
      return queue;
    },
    coordination: createMemoryCoordination(clock),
    nextNumber: () => ++lastNumber,
    leftovers: () =>
      [...queues.values()].flatMap(({ state }) =>
        [...state.values()].map((record) => `${state.name}/${record.messageId} (${record.state})`),
      ),
  };
}
