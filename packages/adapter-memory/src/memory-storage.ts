import type { CoordinationStore } from "@jobs/core/broker";
import { type Clock, optionRules, optionsCheck, systemClock } from "@jobs/core/runtime";
import { createMemoryCoordination } from "./memory-coordination.ts";
import { QueueState } from "./queue-state.ts";
import { WaitLine } from "./wait-line.ts";

/** A queue and those who wait for its messages. */
export interface StoredQueue {
  readonly state: QueueState;
  readonly waiting: WaitLine;
}

/**
 * Where memory brokers keep their messages. Brokers that share a storage see the same queues, as processes that share
 * a server do. Time belongs to the storage, as it belongs to a server: its clock decides what is due and what expired.
 */
export interface MemoryStorage {
  readonly clock: Clock;
  /** The queue of that full name; it comes to be by being asked for. */
  queue(name: string): StoredQueue;
  /** The coordination store beside the queues. */
  readonly coordination: CoordinationStore;
  /** A number that was never given out before: order of arrival and name of a lease. */
  nextNumber(): number;
  /** `queue/message (state)` for all that is stored: what a test that has drained its queues expects to be empty. */
  leftovers(): readonly string[];
}

const checkOptions = optionsCheck<{ readonly clock?: Clock }>({ clock: optionRules.clock });

/** Creates an empty {@link MemoryStorage}. `clock`: default the machine's. */
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
