import {
  type Broker,
  type BrokerConsumer,
  type BrokerQueue,
  type CompleteOptions,
  type Delivery,
  INBOX_QUEUE,
  readEnvelope,
  type Settlement,
  useOfId,
} from "@jobs/core/broker";
import { derivedId } from "@jobs/core/runtime";
import { QueueOpener } from "./queue-opener.ts";

/** The most rows that one step removes. */
const PRUNE_STEP = 1_000;

/** How long the rows of a step are leased, in ms. After a crash another process removes them. */
const PRUNE_LEASE_MS = 60_000;

/** Stands between what a row is about and the job's value. */
const SEPARATOR = "\n";

/** A job as the inbox knows it. */
interface Entry {
  readonly key: string;
  readonly task: string;
  readonly job: string;
}

/**
 * What is done: one row for each job, written with the transaction of its handler. A row is a delayed message of the
 * store. Its id is the job's key, so a second transaction cannot write it. It is due when it may be removed.
 */
export class Inbox {
  readonly #store: Broker;
  readonly #queues: QueueOpener;
  readonly #keepMs: number;

  constructor(store: Broker, keepMs: number) {
    this.#store = store;
    this.#queues = new QueueOpener(store);
    this.#keepMs = keepMs;
  }

  /** The values of those deliveries whose jobs are done, as JSON texts. One question for all. */
  async find(queue: string, deliveries: readonly Delivery[]): Promise<ReadonlyMap<Delivery, string>> {
    const keys = deliveries.map((delivery) => entryOf(queue, delivery).key);
    const found = await findIn(await this.#open(), [...new Set(keys)]);
    const values = new Map(found.map(({ messageId, body }) => [messageId, valueIn(body)]));
    const done = new Map<Delivery, string>();
    for (const [index, delivery] of deliveries.entries()) {
      const value = values.get(keys[index] ?? "");
      if (value !== undefined) done.set(delivery, value);
    }
    return done;
  }

  /** @throws what the store throws while it cannot be asked */
  async check(): Promise<void> {
    await findIn(await this.#open(), []);
  }

  /**
   * Writes the row of a job with the caller's transaction. While another transaction has written it and is open, this
   * waits for its end. `lost`: it is committed, so the job is done.
   */
  async write(
    queue: string,
    delivery: Delivery,
    { value, ...options }: CompleteOptions & { readonly value: string },
  ): Promise<"completed" | "lost"> {
    // Before the first wait: the connection may be in another transaction after it.
    const transactionId = this.#store.transactionId?.(options.transaction);
    const { key, task, job } = entryOf(queue, delivery);
    const body = `${JSON.stringify({ queue, task, job })}${SEPARATOR}${value}`;
    const rows = await this.#open();
    const row = { id: key, label: task, body, delayMs: this.#keepMs };
    const [result] = await rows.send([row], { ...options, transactionId });
    if (result?.status === "failed") throw result.error;
    if (result?.status === "sent") return "completed";
    // A row that is not committed is of this very transaction, which asks a second time.
    return (await findIn(rows, [key])).length > 0 ? "lost" : "completed";
  }

  /** Removes the rows that were kept long enough, in steps. */
  async prune(signal: AbortSignal): Promise<void> {
    const consumer: BrokerConsumer = await this.#store.openConsumer(INBOX_QUEUE, { leaseMs: PRUNE_LEASE_MS });
    const options = { max: PRUNE_STEP, waitMs: 0, signal };
    try {
      for (let due = await consumer.receive(options); due.length > 0; due = await consumer.receive(options)) {
        await consumer.settle(due.map((delivery): Settlement => ({ delivery, action: "ack" })));
      }
    } finally {
      await consumer.close();
    }
  }

  #open(): Promise<BrokerQueue> {
    return this.#queues.open(INBOX_QUEUE);
  }
}

/** Ids of `queue` that are stored and committed. */
export async function findIn(queue: BrokerQueue, ids: readonly string[]) {
  return (await queue.find?.(ids)) ?? [];
}

/**
 * A job is its task, its id and the time of its enqueue. So a copy of a message is the same job, in any queue. A later
 * job with the id is another one. A job of another system is its message and its body.
 */
function entryOf(queue: string, { messageId, body }: Delivery): Entry {
  const envelope = readEnvelope({ messageId, body });
  if (envelope === undefined) {
    return { key: derivedId("inbox", queue, messageId, body), task: "unknown", job: messageId };
  }
  const { task, id } = envelope;
  return { key: derivedId("inbox", task, id, String(useOfId(envelope))), task, job: id };
}

function valueIn(body: string): string {
  return body.slice(body.indexOf(SEPARATOR) + SEPARATOR.length);
}
