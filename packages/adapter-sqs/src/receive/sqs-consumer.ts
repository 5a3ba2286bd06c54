import type { Message } from "@aws-sdk/client-sqs";
import {
  type BrokerConsumer,
  CALL_TIMEOUT_MS,
  type Capabilities,
  type Delivery,
  type ExtendResult,
  type SettledAndReceived,
  type Settlement,
  type SettleResult,
  type TimedCall,
  type TimedReceive,
} from "@jobs/core/broker";
import { type Clock, createSharedAbort, joinSignals, sleep, withJoinedSignals } from "@jobs/core/runtime";
import type { BrokerSession } from "../broker-session.ts";
import { BundlesInHand } from "../bundle/bundles-in-hand.ts";
import { firstMessageId } from "../dead-letter/read-dead-letter.ts";
import { nextHop, restMs } from "../message/due-time.ts";
import type { QueueRecord } from "../queue/queue-registry.ts";
import type { LeaseHolder } from "./lease-requests.ts";
import { deliver, leasedMessage } from "./leased-message.ts";
import { classifyMessages, poll } from "./poll.ts";
import { extendLease, settleLease } from "./settle-leases.ts";

/** The longest wait in one request, in seconds. A poll is never cut, so an abort waits for it. */
const MAX_WAIT_SECONDS = 4;

/** The first pause after an empty answer that came too early, in ms; it doubles. */
const FIRST_PAUSE_MS = 50;

/** The longest such pause, also after SQS's limit of messages in flight, in ms. */
const LIMIT_PAUSE_MS = 1_000;

/** Received messages after a look at each. */
interface TakenOver {
  readonly deliveries: readonly Delivery[];
  /** Messages that are deleted: done here before, sent on because they are not due, or bundles that were taken apart. */
  readonly gone: readonly Message[];
  /** Whether bundles were taken apart, so that their jobs can be received. */
  readonly isTakenApart: boolean;
}

/** How received messages are taken over. */
interface TakeOverOptions extends TimedCall {
  /** When they were received, on the monotonic clock. */
  readonly takenAt: number;
  /** The most jobs; those of bundles beyond it wait here. Default: all bundles are taken apart. */
  readonly max?: number;
}

/** A queue on SQS, opened for work. */
export class SqsConsumer implements BrokerConsumer {
  readonly queue: string;
  readonly capabilities: Capabilities;
  readonly #session: BrokerSession;
  readonly #record: QueueRecord;
  readonly #holder: Omit<LeaseHolder, "timeoutMs">;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #closing = createSharedAbort();
  readonly #closed: AbortSignal;
  readonly #bundles: BundlesInHand;

  constructor(session: BrokerSession, queue: string, record: QueueRecord, leaseMs: number) {
    this.queue = queue;
    this.capabilities = record.capabilities;
    this.#session = session;
    this.#record = record;
    this.#holder = { session, record, queue };
    this.#clock = session.pace.clock;
    this.#leaseMs = leaseMs;
    this.#closed = joinSignals([this.#closing.signal, session.closed]).signal;
    this.#bundles = new BundlesInHand(this.#holder, leaseMs);
    session.consumers.add(this);
  }

  receive(options: TimedReceive): Promise<readonly Delivery[]> {
    return withJoinedSignals([options.signal, this.#closed], (ended) => this.#receive(options, ended));
  }

  async #receive(options: TimedReceive, ended: AbortSignal): Promise<readonly Delivery[]> {
    const giveUpAt = this.#clock.monotonic() + options.waitMs;
    for (let pauseMs = FIRST_PAUSE_MS; !ended.aborted; pauseMs = Math.min(2 * pauseMs, LIMIT_PAUSE_MS)) {
      const askedAt = this.#clock.monotonic();
      const leftMs = giveUpAt - askedAt;
      const received = await this.#take(options, leftMs, ended).catch((error: unknown) => {
        if (ended.aborted) return [];
        throw error;
      });
      const now = this.#clock.monotonic();
      if (received.length > 0 || now >= giveUpAt) return received;
      // Without a pause, an endpoint that does not wait, or returns only known messages, would be polled in a busy
      // loop.
      const isEarly = now - askedAt < this.#waitSeconds(leftMs) * 500;
      if (isEarly) await sleep(this.#clock, Math.min(pauseMs, giveUpAt - now), ended);
    }
    return [];
  }

  async settle(
    settlements: readonly Settlement[],
    { timeoutMs }: TimedCall,
  ): Promise<readonly SettleResult[]> {
    const results = await this.#settle(settlements, timeoutMs);
    await this.#bundles.tidy(timeoutMs);
    return results;
  }

  /** Both at once when it makes no difference: acked messages do not return. */
  async settleAndReceive(
    settlements: readonly Settlement[],
    options: TimedReceive,
  ): Promise<SettledAndReceived> {
    const { timeoutMs } = options;
    const settling = this.#settle(settlements, timeoutMs);
    if (!settlements.every(({ action }) => action === "ack")) await settling;
    // The settlements are done, even when the receive fails.
    const [settled, received] = await Promise.all([settling, this.receive(options).catch(() => [])]);
    await this.#bundles.tidy(timeoutMs);
    return { settled, received };
  }

  async extend(
    deliveries: readonly Delivery[],
    leaseMs: number,
    { timeoutMs }: TimedCall,
  ): Promise<readonly ExtendResult[]> {
    const holder = { ...this.#holder, timeoutMs };
    const results = await Promise.all(deliveries.map((delivery) => extendLease(holder, delivery, leaseMs)));
    await this.#bundles.tidy(timeoutMs);
    return results;
  }

  /** Makes deliveries of received messages: of those that are due, and neither leased nor done here. */
  async takeOver(messages: readonly Message[], options: TakeOverOptions): Promise<TakenOver> {
    const { takenAt, timeoutMs, max } = options;
    const { dedupe, requests } = this.#record;
    const now = this.#clock.monotonic();
    const { serverTimeMs } = this.#session.link;
    const { due, early, done } = classifyMessages(messages, dedupe, { now, serverTimeMs });
    // Not awaited: after a failure the message returns, and is deleted then.
    if (done.length > 0) void requests.delete(done.map(receiptOf), timeoutMs);
    const postponed = early.length > 0 ? await this.#postpone(early, timeoutMs) : [];
    const { single, whole, again } = this.#bundles.sort(due, max);
    const leaseUntil = takenAt + this.#leaseMs;
    const deliveries = single.map((message) => {
      const messageId = firstMessageId(message);
      const delivery = deliver(message, takenAt, { leaseUntil, messageId });
      dedupe.addLeased(leasedMessage(delivery), now);
      return delivery;
    });
    const bundled = this.#bundles.hold(whole, takenAt, (max ?? 0) - deliveries.length);
    const apart = await this.#bundles.takeApart(again, timeoutMs);
    return {
      deliveries: [...deliveries, ...bundled],
      gone: [...done, ...postponed, ...apart],
      isTakenApart: apart.length > 0,
    };
  }

  /** Makes received messages visible at once, which were not taken over. */
  async giveBack(messages: readonly Message[]): Promise<void> {
    const entries = messages.map((message) => ({ ReceiptHandle: receiptOf(message), VisibilityTimeout: 0 }));
    await this.#record.requests.changeVisibility(entries, CALL_TIMEOUT_MS);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#bundles.tidy(CALL_TIMEOUT_MS, true);
    this.#session.consumers.delete(this);
  }

  #settle(settlements: readonly Settlement[], timeoutMs: number): Promise<readonly SettleResult[]> {
    const holder = { ...this.#holder, timeoutMs };
    return Promise.all(settlements.map((settlement) => settleLease(holder, settlement)));
  }

  /** Jobs that wait here, else the due ones of one request. */
  async #take(
    { max, timeoutMs }: Pick<TimedReceive, "max" | "timeoutMs">,
    leftMs: number,
    ended: AbortSignal,
  ): Promise<readonly Delivery[]> {
    const most = Math.min(max, this.capabilities.maxReceive);
    const waiting = await this.#bundles.take(most, timeoutMs);
    if (waiting.length > 0) return waiting;
    await this.#bundles.tidy(timeoutMs);
    const takenAt = this.#clock.monotonic();
    const polled = await poll(this.#session.link, this.#record, {
      max: this.#bundles.messagesFor(most),
      waitSeconds: this.#waitSeconds(leftMs),
      leaseSeconds: Math.ceil(this.#leaseMs / 1000),
      timeoutMs,
    });
    if (polled.status === "at_limit") {
      await sleep(this.#clock, Math.min(LIMIT_PAUSE_MS, Math.max(0, leftMs)), ended);
      return [];
    }
    const taken = await this.takeOver(polled.messages, { takenAt, timeoutMs, max: most });
    if (taken.deliveries.length > 0 || !taken.isTakenApart) return taken.deliveries;
    return this.#take({ max, timeoutMs }, 0, ended);
  }

  /** A lease begins before its request, so a long wait would use it up. */
  #waitSeconds(leftMs: number): number {
    if (leftMs <= 0) return 0;
    const longestSeconds = Math.max(1, Math.floor(this.#leaseMs / 3000));
    return Math.min(Math.ceil(leftMs / 1000), MAX_WAIT_SECONDS, longestSeconds);
  }

  /**
   * Sends the next hop of messages that are not due, then deletes them. A crash between duplicates a message instead of
   * losing it. Returns those that were sent on.
   */
  async #postpone(early: readonly Message[], timeoutMs: number): Promise<readonly Message[]> {
    const { link, pace } = this.#session;
    const hops = early.map((message) =>
      nextHop(message, restMs(message, link.serverTimeMs), pace.maxDelaySeconds),
    );
    const { requests, dedupe } = this.#record;
    const answers = await requests.send(hops, timeoutMs);
    const gone = early.filter((_, index) => answers[index]?.status === "done");
    for (const { MessageId = "" } of gone) dedupe.addDone(MessageId);
    await requests.delete(gone.map(receiptOf), timeoutMs);
    return gone;
  }
}

function receiptOf({ ReceiptHandle = "" }: Message): string {
  return ReceiptHandle;
}
