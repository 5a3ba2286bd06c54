import { isJobsError } from "@jobs/core";
import {
  type Broker,
  type BrokerQueue,
  type OutgoingMessage,
  type SendOptions,
  type SendResult,
  validateBroker,
} from "@jobs/core/broker";
import {
  checkArgument,
  keepAliveClock,
  optionsCheck,
  required,
  optionRules as rule,
  withDeadline,
} from "@jobs/core/runtime";
import { createRelay, type Relay } from "./create-relay.ts";
import { QueueOpener } from "./queue-opener.ts";
import { sendToStore } from "./spooled-message.ts";

/** Options of {@link failover}. */
export interface FailoverOptions {
  /** A broker on this machine or in your database, such as `sqlite()`. It keeps jobs while the other one is away. */
  readonly spool: Broker;
  /** The queue of the spool. Default `failover`. */
  readonly queue?: string;
}

const checkOptions = optionsCheck<FailoverOptions>({ spool: required(rule.broker), queue: rule.queueName });

/** How long a send waits for the broker before it is spooled, in ms. An enqueue waits 5 s in all. */
const SEND_MS = 2_000;

/** How long sends go to the spool at once after a failure, in ms. Then one send tries the broker again. */
const AWAY_MS = 1_000;

/** Calls that are passed on to the queue of the broker. */
const PASSED_ON = ["stats", "peek", "remove", "pause", "resume", "purge", "redrive"] as const;

/**
 * A broker whose jobs are kept in `spool` while it cannot be reached, and sent to it later under the same ids. So an
 * enqueue is not refused. If the answer to a send was lost, the broker may get the job twice; most brokers find that by
 * its id. Workers use the broker itself.
 * @throws ConfigError for options that cannot be used
 */
export function failover(broker: Broker, options: FailoverOptions): Broker {
  checkArgument(broker, "failover(): the broker", rule.broker);
  checkOptions(options, "failover()");
  return validateBroker(new FailoverBroker(validateBroker(broker), options).asBroker());
}

class FailoverBroker {
  readonly #broker: Broker;
  readonly #spool: Broker;
  readonly #queue: string;
  readonly #spoolQueues: QueueOpener;
  #awayUntil = Number.NEGATIVE_INFINITY;
  #relay: Relay | undefined;
  #relaying: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(broker: Broker, { spool: store, queue = "failover" }: FailoverOptions) {
    this.#broker = broker;
    this.#spool = validateBroker(store);
    this.#spoolQueues = new QueueOpener(this.#spool);
    this.#queue = queue;
  }

  asBroker(): Broker {
    return {
      ...this.#broker,
      openQueue: (name) => this.#openQueue(name),
      close: () => this.#close(),
    };
  }

  async #openQueue(name: string): Promise<BrokerQueue> {
    void this.#sendLeftovers();
    let target: BrokerQueue | undefined;
    const open = async (): Promise<BrokerQueue> => {
      target ??= await this.#broker.openQueue(name);
      return target;
    };
    const { limits } = this.#broker;
    try {
      await inTime(open());
    } catch (error) {
      if (limits === undefined || !isAway(error)) throw error;
      this.#stayAway();
    }
    const passedOn = PASSED_ON.map((call) => [
      call,
      async (...args: never[]) => callOf(await open(), call)(...args),
    ]);
    return {
      ...target,
      name,
      capabilities: target?.capabilities ?? (limits as NonNullable<typeof limits>),
      ...(Object.fromEntries(passedOn) as Pick<BrokerQueue, (typeof PASSED_ON)[number]>),
      send: (messages, sendOptions = {}) => this.#send({ name, open }, messages, sendOptions),
    };
  }

  async #send(
    target: Target,
    messages: readonly OutgoingMessage[],
    options: SendOptions,
  ): Promise<readonly SendResult[]> {
    if (options.transaction !== undefined) return (await target.open()).send(messages, options);
    if (keepAliveClock.monotonic() < this.#awayUntil) return this.#keep(target.name, messages);
    try {
      const queue = await inTime(target.open());
      const results = await queue.send(messages, { ...options, timeoutMs: SEND_MS });
      return await this.#keepMissed(target.name, messages, results);
    } catch (error) {
      if (!isAway(error)) throw error;
      return this.#keep(target.name, messages);
    }
  }

  /** A batch may arrive in part. */
  async #keepMissed(
    name: string,
    messages: readonly OutgoingMessage[],
    results: readonly SendResult[],
  ): Promise<readonly SendResult[]> {
    const isMissed = (index: number) => {
      const result = results[index];
      return result?.status === "failed" && isAway(result.error);
    };
    const missed = messages.filter((_, index) => isMissed(index));
    if (missed.length === 0) return results;
    const kept = (await this.#keep(name, missed)).values();
    return results.map((result, index) => (isMissed(index) ? (kept.next().value as SendResult) : result));
  }

  async #keep(name: string, messages: readonly OutgoingMessage[]): Promise<readonly SendResult[]> {
    this.#stayAway();
    const results = await sendToStore(await this.#openSpool(), name, messages);
    this.#startRelay();
    return results;
  }

  #stayAway(): void {
    this.#awayUntil = Math.max(this.#awayUntil, keepAliveClock.monotonic() + AWAY_MS);
  }

  #openSpool(): Promise<BrokerQueue> {
    return this.#spoolQueues.open(this.#queue);
  }

  /** Jobs that an earlier process has left. Reading makes no file. */
  async #sendLeftovers(): Promise<void> {
    if (this.#relay !== undefined || this.#spool.absence?.() !== undefined) return;
    try {
      const { ready, delayed, leased } = await (await this.#openSpool()).stats();
      if ((ready.n ?? 1) + (delayed.n ?? 0) + (leased.n ?? 0) > 0) this.#startRelay();
    } catch {
      // The next job that is spooled meets the same error, and tells it.
    }
  }

  #startRelay(): void {
    if (this.#relay !== undefined || this.#isClosed) return;
    const relay = createRelay({ from: this.#spool, to: this.#broker, queue: this.#queue, untilEmpty: true });
    this.#relay = relay;
    const ended = () => {
      this.#relay = undefined;
    };
    this.#relaying = relay.run().then(ended, ended);
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    this.#relay?.stop();
    await this.#relaying;
    await Promise.all([this.#broker.close(), this.#spool.close()]);
  }
}

/** A queue of the broker, opened when it can be reached. */
interface Target {
  readonly name: string;
  open(): Promise<BrokerQueue>;
}

function callOf(queue: BrokerQueue, call: (typeof PASSED_ON)[number]): (...args: never[]) => unknown {
  return queue[call].bind(queue) as (...args: never[]) => unknown;
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return withDeadline(keepAliveClock, SEND_MS, work, () => new LateError());
}

/** The broker did not answer in time; never shown. */
class LateError extends Error {}

function isAway(error: unknown): boolean {
  return error instanceof LateError || (isJobsError(error, "broker_unavailable") && error.retryable);
}
