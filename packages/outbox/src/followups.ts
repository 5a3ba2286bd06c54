import type { Broker } from "@jobs/core/broker";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { findIn } from "./inbox.ts";
import { QueueOpener } from "./queue-opener.ts";

/** How long a job waits for its follow-ups to be sent, in ms. Later ones are not lost: the store has them. */
const WAIT_MS = 1_000;

/** The first and the longest pause between two looks, in ms. */
const FIRST_LOOK_MS = 2;
const LONGEST_LOOK_MS = 50;

/** The most ids that are remembered of one transaction: a connection may have many transactions one after the other. */
const MOST_IDS = 100;

/** What waits in a store with the transactions of this process, so that a handler's jobs are sent before its ack. */
export class Followups {
  readonly #queues: QueueOpener;
  readonly #outbox: string;
  readonly #ids = new WeakMap<object, string[]>();

  constructor(store: Broker, outbox: string) {
    this.#queues = new QueueOpener(store);
    this.#outbox = outbox;
  }

  /** The same store, with an eye on what is sent to its outbox. */
  watched(store: Broker): Broker {
    return {
      ...store,
      openQueue: async (name) => {
        const queue = await store.openQueue(name);
        return {
          ...queue,
          send: (messages, options = {}) => {
            if (options.transaction !== undefined) this.#note(options.transaction, messages);
            return queue.send(messages, options);
          },
        };
      },
    };
  }

  /** Resolves when what was stored with a transaction is at its broker, or after a while. It never rejects. */
  async sent(transaction: object): Promise<void> {
    const ids = this.#ids.get(transaction);
    if (ids === undefined) return;
    this.#ids.delete(transaction);
    const until = keepAliveClock.monotonic() + WAIT_MS;
    try {
      const queue = await this.#queues.open(this.#outbox);
      for (let pauseMs = FIRST_LOOK_MS; keepAliveClock.monotonic() < until; ) {
        if ((await findIn(queue, ids)).length === 0) return;
        await sleep(keepAliveClock, pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_LOOK_MS);
      }
    } catch {
      // The job is done, and the store has what follows.
    }
  }

  #note(transaction: object, messages: readonly { readonly id: string }[]): void {
    const ids = this.#ids.get(transaction) ?? [];
    ids.push(...messages.map(({ id }) => id));
    this.#ids.set(transaction, ids.slice(-MOST_IDS));
  }
}
