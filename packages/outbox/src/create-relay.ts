import { randomUUID } from "node:crypto";
import { isJobsError } from "@jobs/core";
import { type Broker, type BrokerConsumer, type Settlement, validateBroker } from "@jobs/core/broker";
import {
  createSharedAbort,
  keepAliveClock,
  optionsCheck,
  required,
  optionRules as rule,
  sleep,
} from "@jobs/core/runtime";
import { OUTBOX } from "./create-outbox.ts";
import { type Forwarded, forwardMessages } from "./forward-messages.ts";
import { QueueOpener } from "./queue-opener.ts";

/** Options of {@link createRelay}. */
export interface RelayOptions {
  /** The store of an outbox or a failover. */
  readonly from: Broker;
  /** The broker that its jobs are for. */
  readonly to: Broker;
  /** The queue of the store. Default `outbox`. */
  readonly queue?: string;
  /** Whether it ends when nothing waits any more. Default false: it goes on until it is stopped. */
  readonly untilEmpty?: boolean;
  /**
   * How long another relay waits for one that gives no sign of life, in ms. The jobs that a killed one had in hand are
   * back by then. Default 45,000.
   */
  readonly takeoverMs?: number;
  /** Called after each batch, and when the broker cannot be reached. Default: none. */
  readonly onEvent?: (event: RelayEvent) => void;
}

/** What a relay does. */
export type RelayEvent =
  | { readonly type: "moved"; readonly sent: number; readonly refused: number }
  | { readonly type: "waits"; readonly error: Error; readonly retryMs: number }
  /** Another relay is at work on this queue; this one takes over when that one ends. */
  | { readonly type: "stands_by" };

/** What a relay has done. */
export interface RelayReport {
  /** Jobs that the broker has taken. */
  readonly sent: number;
  /** Jobs that it will never take; they are dead letters of the store. */
  readonly refused: number;
}

/** Moves the jobs of a store to their broker. */
export interface Relay {
  /** Resolves after `stop`, or when nothing waits any more. @throws what the store throws, once it is no fault that passes */
  run(): Promise<RelayReport>;
  /** Ends after the batch in hand. */
  stop(): void;
}

const checkOptions = optionsCheck<RelayOptions>({
  from: required(rule.broker),
  to: required(rule.broker),
  queue: rule.queueName,
  untilEmpty: rule.boolean,
  takeoverMs: rule.msAboveZero(),
  onEvent: rule.func,
});

/** The most jobs in one trip. */
const BATCH = 1_000;

const TAKEOVER_MS = 45_000;

/** The longest lease, as a part of the time until a takeover: then the jobs of a killed relay are back. */
const LEASE_SHARE = 2 / 3;

/** The longest wait, as a part of that time, so that the claim is renewed long before it ends. */
const WAIT_SHARE = 1 / 9;

/** The first and the longest pause while the broker cannot be reached, in ms. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/**
 * Creates a relay. Several may run for one queue: one of them works, since two would change the order of jobs. When it
 * is killed, another one takes over.
 * @throws ConfigError for options that cannot be used
 */
export function createRelay(options: RelayOptions): Relay {
  checkOptions(options, "createRelay()");
  return new StoreRelay(options);
}

class StoreRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #queue: string;
  readonly #takeoverMs: number;
  /** The longest wait of a receive, in ms. */
  readonly #waitMs: number;
  readonly #from: Broker;
  readonly #to: QueueOpener;
  readonly #identity = randomUUID();
  readonly #stopping = createSharedAbort();
  #isOwner = false;
  #claimedAt = 0;
  #sent = 0;
  #refused = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#queue = options.queue ?? OUTBOX;
    this.#takeoverMs = options.takeoverMs ?? TAKEOVER_MS;
    this.#waitMs = this.#takeoverMs * WAIT_SHARE;
    this.#from = validateBroker(options.from);
    this.#to = new QueueOpener(validateBroker(options.to));
  }

  stop(): void {
    this.#stopping.abort();
  }

  async run(): Promise<RelayReport> {
    const consumer = await this.#from.openConsumer(this.#queue, {
      leaseMs: this.#takeoverMs * LEASE_SHARE,
    });
    try {
      if (await this.#becomeOnly()) await this.#work(consumer);
    } finally {
      await consumer.close();
      if (this.#isOwner) await this.#from.coordination?.remove("relays", this.#queue).catch(() => undefined);
    }
    return { sent: this.#sent, refused: this.#refused };
  }

  async #work(consumer: BrokerConsumer): Promise<void> {
    let settlements: readonly Settlement[] = [];
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      let fault: Error | undefined;
      try {
        if (!(await this.#isOnly())) break;
        const received = await this.#exchange(consumer, settlements);
        settlements = [];
        if (received.length === 0 && this.#options.untilEmpty) return;
        const forwarded = await forwardMessages(this.#to, received);
        settlements = forwarded.settlements;
        this.#count(forwarded);
        fault = forwarded.fault;
      } catch (error) {
        // The store has lost no job: what was not settled comes back when its lease ends.
        if (!isJobsError(error, "broker_unavailable") || !error.retryable) throw error;
        fault = error;
      }
      failures = fault === undefined ? 0 : failures + 1;
      if (fault !== undefined) {
        settlements = await this.#settleBeforePause(consumer, settlements);
        await this.#pause(fault, failures);
      }
    }
    if (settlements.length > 0) await consumer.settle(settlements);
  }

  #count({ sent, refused }: Forwarded): void {
    this.#sent += sent;
    this.#refused += refused;
    if (sent + refused > 0) this.#options.onEvent?.({ type: "moved", sent, refused });
  }

  /** Jobs that have to wait are released now, not after the pause. Returns the settlements that are still to do. */
  async #settleBeforePause(
    consumer: BrokerConsumer,
    settlements: readonly Settlement[],
  ): Promise<readonly Settlement[]> {
    if (settlements.length === 0) return [];
    try {
      await consumer.settle(settlements);
      return [];
    } catch {
      return settlements;
    }
  }

  async #pause(error: Error, failures: number): Promise<void> {
    const retryMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    this.#options.onEvent?.({ type: "waits", error, retryMs });
    await sleep(keepAliveClock, retryMs, this.#stopping.signal);
  }

  async #exchange(consumer: BrokerConsumer, settlements: readonly Settlement[]) {
    const waitMs = settlements.length > 0 || this.#options.untilEmpty ? 0 : this.#waitMs;
    const options = { max: BATCH, waitMs, signal: this.#stopping.signal };
    if (settlements.length === 0) return consumer.receive(options);
    return (await consumer.settleAndReceive?.(settlements, options))?.received ?? [];
  }

  /** Waits until no other relay works on the queue; `false` when this one is stopped before. */
  async #becomeOnly(): Promise<boolean> {
    for (let isFirst = true; !this.#stopping.signal.aborted; isFirst = false) {
      if (await this.#isOnly()) return true;
      if (isFirst) this.#options.onEvent?.({ type: "stands_by" });
      await sleep(keepAliveClock, this.#waitMs, this.#stopping.signal);
    }
    return false;
  }

  /** Renews the claim before it is old. */
  async #isOnly(): Promise<boolean> {
    const now = keepAliveClock.monotonic();
    if (this.#isOwner && now - this.#claimedAt < this.#waitMs) return true;
    const claim = { set: "relays", name: this.#queue, value: this.#identity };
    const owner = await this.#from.coordination?.claim(claim, this.#takeoverMs);
    this.#isOwner = owner === undefined || owner === this.#identity;
    this.#claimedAt = now;
    return this.#isOwner;
  }
}
