import { BrokerUnavailableError } from "@jobs/core";
import type {
  Broker,
  BrokerQueue,
  BrokerTarget,
  Diagnosis,
  OutgoingMessage,
  QueueUse,
  SendOptions,
  SendResult,
  ValidatedBroker,
} from "@jobs/core/broker";
import { keepAliveClock, toError } from "@jobs/core/runtime";
import { ANSWER_MS, BrokerCircuit, inTime, isAway } from "./broker-circuit.ts";
import type { FailoverEvent, SpoolStats } from "./failover-options.ts";
import { QueueOpener } from "./queue-opener.ts";
import type { RelayEvent } from "./relay.ts";
import { checkSpool, diagnoseSpool, waitingOf } from "./spool-check.ts";
import { SpoolRelay } from "./spool-relay.ts";
import { sendToStore, withinStore } from "./spooled-message.ts";

/** What a failover needs besides its broker. */
export interface FailoverParts {
  readonly spool: ValidatedBroker;
  readonly queue: string;
  readonly onEvent: (event: FailoverEvent) => void;
}

/** Calls that are passed on to the queue of the broker. */
const PASSED_ON = ["stats", "peek", "remove", "pause", "resume", "purge", "redrive"] as const;

/** How long after a failed look at the spool a send looks again, in ms. */
const LOOK_AGAIN_MS = 2_000;

/** A queue of the broker, opened when it can be reached. */
interface Target {
  readonly name: string;
  open(): Promise<BrokerQueue>;
}

/** Sends to the broker while it answers, else to the spool, from which a relay sends later. */
export class FailoverBroker {
  readonly #broker: ValidatedBroker;
  readonly #parts: FailoverParts;
  readonly #queues: QueueOpener;
  readonly #spoolQueues: QueueOpener;
  readonly #circuit: BrokerCircuit;
  readonly #relay: SpoolRelay;
  #check: Promise<void> | undefined;
  /** The latest look for jobs that an earlier process has left. */
  #look: Promise<void> = Promise.resolve();
  /** When the next send looks again, since the latest look has failed. */
  #lookAgainAt = Number.POSITIVE_INFINITY;
  /** Whether the relay has sent something since it last had to wait. */
  #hasMoved = false;

  constructor(broker: ValidatedBroker, parts: FailoverParts) {
    const { spool, queue, onEvent } = parts;
    this.#broker = broker;
    this.#parts = parts;
    this.#queues = new QueueOpener(broker);
    this.#spoolQueues = new QueueOpener(spool);
    this.#circuit = new BrokerCircuit({
      onAway: (error) => onEvent({ type: "away", error }),
      onBack: () => onEvent({ type: "back" }),
    });
    this.#relay = new SpoolRelay({
      spool,
      queue,
      to: broker,
      onEvent: (event) => this.#observe(event),
      onFailed: (error) => onEvent({ type: "send_failed", error }),
    });
  }

  asBroker(): Broker {
    const { limits } = this.#broker;
    return {
      ...this.#broker,
      ...(limits === undefined ? {} : { limits: withinStore(limits, this.#parts.spool) }),
      openQueue: (name) => this.#openQueue(name),
      close: () => this.#close(),
    };
  }

  async spoolStats(): Promise<SpoolStats> {
    const isAway = this.#circuit.isOpen;
    if (this.#parts.spool.absence?.() !== undefined) return { isAway, waiting: 0, oldestMs: null, dead: 0 };
    const stats = await (await this.#openSpool()).stats();
    return { isAway, waiting: waitingOf(stats), oldestMs: stats.oldestReadyMs, dead: stats.dead.n };
  }

  async #openQueue(name: string): Promise<BrokerQueue> {
    this.#look = this.#sendLeftovers();
    const open = () => this.#queues.open(name);
    const { limits } = this.#broker;
    let target: BrokerQueue | undefined;
    try {
      target = await inTime(open());
    } catch (error) {
      if (limits === undefined || !isAway(error)) throw error;
      this.#circuit.open(error);
    }
    const passedOn = PASSED_ON.map((call) => [
      call,
      async (...args: never[]) => callOf(await open(), call)(...args),
    ]);
    return {
      ...target,
      name,
      capabilities: withinStore(
        target?.capabilities ?? (limits as NonNullable<typeof limits>),
        this.#parts.spool,
      ),
      ...(Object.fromEntries(passedOn) as Pick<BrokerQueue, (typeof PASSED_ON)[number]>),
      send: (messages, sendOptions = {}) => this.#send({ name, open }, messages, sendOptions),
      diagnose: async (use) => this.#diagnose(await open(), use),
    };
  }

  async #diagnose(queue: BrokerQueue, use: QueueUse): Promise<readonly Diagnosis[]> {
    const { spool, queue: name } = this.#parts;
    return [...((await queue.diagnose?.(use)) ?? []), await diagnoseSpool(spool, name)];
  }

  async #send(
    target: Target,
    messages: readonly OutgoingMessage[],
    options: SendOptions,
  ): Promise<readonly SendResult[]> {
    if (options.transaction !== undefined) return (await target.open()).send(messages, options);
    this.#check ??= this.#checkSpool();
    if (keepAliveClock.monotonic() >= this.#lookAgainAt) this.#look = this.#sendLeftovers();
    if (this.#circuit.isOpen) {
      this.#circuit.ask(async () => (await target.open()).stats());
      return this.#keep(target.name, messages);
    }
    // What waits in the spool comes before a later job of the same group.
    if (messages.some(({ groupKey }) => groupKey !== undefined)) {
      await this.#look;
      if (this.#relay.isAtWork) return this.#keep(target.name, messages);
    }
    try {
      const queue = await inTime(target.open());
      const results = await inTime(queue.send(messages, { ...options, timeoutMs: ANSWER_MS }));
      return await this.#keepMissed(target.name, messages, results);
    } catch (error) {
      if (!isAway(error)) throw error;
      this.#circuit.open(error);
      return this.#keep(target.name, messages);
    }
  }

  /** A batch may arrive in part. */
  async #keepMissed(
    name: string,
    messages: readonly OutgoingMessage[],
    results: readonly SendResult[],
  ): Promise<readonly SendResult[]> {
    const fault = results.find((result) => result.status === "failed" && isAway(result.error));
    if (fault?.status !== "failed") {
      this.#circuit.noteSend();
      return results;
    }
    this.#circuit.open(fault.error);
    const isMissed = (index: number) => {
      const result = results[index];
      return result?.status === "failed" && isAway(result.error);
    };
    const missed = messages.filter((_, index) => isMissed(index));
    const kept = (await this.#keep(name, missed)).values();
    return results.map((result, index) => (isMissed(index) ? (kept.next().value as SendResult) : result));
  }

  async #keep(name: string, messages: readonly OutgoingMessage[]): Promise<readonly SendResult[]> {
    try {
      const results = await sendToStore(await this.#openSpool(), name, messages);
      this.#relay.start();
      return results;
    } catch (error) {
      this.#parts.onEvent({ type: "spool_failed", error: toError(error) });
      throw notKept({ broker: this.#broker.kind, queue: name }, toError(error));
    }
  }

  /** An outage is too late to learn that the spool cannot be written. */
  async #checkSpool(): Promise<void> {
    const { spool, queue, onEvent } = this.#parts;
    try {
      await checkSpool(spool, queue);
    } catch (error) {
      onEvent({ type: "spool_failed", error: toError(error) });
    }
  }

  #openSpool(): Promise<BrokerQueue> {
    return this.#spoolQueues.open(this.#parts.queue);
  }

  /** Jobs that an earlier process has left. Reading makes no file. Never throws. */
  async #sendLeftovers(): Promise<void> {
    this.#lookAgainAt = Number.POSITIVE_INFINITY;
    if (this.#relay.isAtWork || this.#parts.spool.absence?.() !== undefined) return;
    try {
      await inTime(this.#lookAtSpool());
    } catch {
      // The check of the first send meets the same error, and reports it.
      this.#lookAgainAt = keepAliveClock.monotonic() + LOOK_AGAIN_MS;
    }
  }

  async #lookAtSpool(): Promise<void> {
    if (waitingOf(await (await this.#openSpool()).stats()) !== 0) this.#relay.start();
  }

  #observe(event: RelayEvent): void {
    if (event.type === "waits" && event.for === "broker") {
      // A broker that takes a part of a batch is slow, not away.
      if (!this.#hasMoved && isAway(event.error)) this.#circuit.open(event.error);
      this.#hasMoved = false;
    }
    if (event.type !== "moved") return;
    if (event.sent > 0) {
      this.#hasMoved = true;
      this.#circuit.close();
    }
    this.#parts.onEvent(event);
  }

  async #close(): Promise<void> {
    await Promise.all([this.#relay.close(), this.#look, this.#check]);
    await Promise.all([this.#broker.close(), this.#parts.spool.close()]);
  }
}

/** Neither the broker nor the spool has the job. */
function notKept(target: BrokerTarget, cause: Error): BrokerUnavailableError {
  return new BrokerUnavailableError(target, `it is away, and the job cannot be kept: ${cause.message}`, {
    cause,
    maybeSent: true,
    hint: "Enqueue again under the same id, and mend the spool: jobs doctor checks it.",
  });
}

function callOf(queue: BrokerQueue, call: (typeof PASSED_ON)[number]): (...args: never[]) => unknown {
  return queue[call].bind(queue) as (...args: never[]) => unknown;
}
