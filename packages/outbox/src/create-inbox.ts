import { type Broker, OUTBOX_QUEUE, validateBroker } from "@jobs/core/broker";
import {
  createSharedAbort,
  optionsCheck,
  required,
  optionRules as rule,
  sleep,
  systemClock,
} from "@jobs/core/runtime";
import { assertTransactions, createOutbox, type OutboxOptions } from "./create-outbox.ts";
import { createRelay } from "./create-relay.ts";
import { Followups } from "./followups.ts";
import { Inbox } from "./inbox.ts";
import { withInbox } from "./inbox-consumer.ts";
import type { Relay } from "./relay.ts";

/** Options of {@link createInbox}. */
export interface InboxOptions extends OutboxOptions {
  /**
   * How long it is remembered that a job is done, in ms. It has to be longer than a copy of its message can wait
   * anywhere. Default 15 days: SQS keeps no message for more than 14.
   */
  readonly keepMs?: number;
  /** As of a relay, see `RelayOptions`. Default 45,000. */
  readonly takeoverMs?: number;
}

const checkOptions = optionsCheck<InboxOptions>({
  broker: required(rule.broker),
  store: required(rule.broker),
  queue: rule.queueName,
  keepMs: rule.msAboveZero(),
  takeoverMs: rule.msAboveZero(),
});

const KEEP_MS = 15 * 86_400_000;

/** How often each process with a worker removes old rows, in ms. */
const PRUNE_EVERY_MS = 600_000;

/** The pause after a fault of the store that does not pass by itself, in ms. */
const RETRY_MS = 5_000;

/**
 * A broker whose handlers complete their jobs with transactions of your database, by `ctx.transaction`. Their rows, their
 * follow-ups and the end of the job are one: a job whose transaction is committed never runs again, however often its
 * message comes. It also takes jobs with a transaction, as {@link createOutbox} does. Processes with a worker send those.
 * @throws ConfigError for a store without transactions, and for options that cannot be used
 */
export function createInbox(options: InboxOptions): Broker {
  checkOptions(options, "createInbox()");
  const { queue = OUTBOX_QUEUE, keepMs = KEEP_MS, takeoverMs } = options;
  const broker = validateBroker(options.broker);
  const store = validateBroker(options.store);
  assertTransactions(store, "createInbox");
  const followups = new Followups(store, queue);
  const inbox = new Inbox(store, keepMs);
  const outbox = createOutbox({ broker, store: followups.watched(store), queue });
  const relay = { from: store, to: broker, queue, ...(takeoverMs === undefined ? {} : { takeoverMs }) };
  const upkeep = new Upkeep(inbox, () => createRelay(relay));
  return validateBroker({
    ...outbox,
    openConsumer: async (name, consumerOptions) => {
      const consumer = await broker.openConsumer(name, consumerOptions);
      upkeep.start();
      return withInbox(consumer, { inbox, followups });
    },
    close: async () => {
      await upkeep.stop();
      await outbox.close();
    },
  });
}

/** What a process with a worker does besides: it sends what was stored with transactions, and removes old rows. */
class Upkeep {
  readonly #inbox: Inbox;
  readonly #createRelay: () => Relay;
  readonly #stopping = createSharedAbort();
  #relay: Relay | undefined;
  #running: Promise<unknown> | undefined;

  constructor(inbox: Inbox, create: () => Relay) {
    this.#inbox = inbox;
    this.#createRelay = create;
  }

  start(): void {
    if (!this.#stopping.signal.aborted) this.#running ??= Promise.all([this.#send(), this.#prune()]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#relay?.stop();
    await this.#running;
  }

  /** The calls of the worker meet the same faults of the store, and report them. */
  async #send(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#relay = this.#createRelay();
      await this.#relay.run().catch(() => sleep(systemClock, RETRY_MS, signal));
    }
  }

  async #prune(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#inbox.prune(signal).catch(() => undefined);
      await sleep(systemClock, PRUNE_EVERY_MS, signal);
    }
  }
}
