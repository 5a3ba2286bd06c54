import type { Delivery } from "../../broker/delivery.ts";
import type { CheckedAnswer, ValidatedConsumer } from "../../broker/validate-consumer.ts";
import { BrokerUnavailableError } from "../../errors/broker-errors.ts";
import { serializeError } from "../../errors/serialized-error.ts";
import { pollBackoff } from "../../retry/backoff.ts";
import type { Clock } from "../../runtime/clock.ts";
import { settlementsOf } from "../lease/ack-batcher.ts";
import { InFlightRuns } from "../lease/in-flight.ts";
import type { RunDispatcher } from "../run/run-dispatcher.ts";
import type { RunParts } from "../worker-parts.ts";
import type { OpenQueue } from "./open-queues.ts";
import {
  InFlightReceives,
  PollBackoff,
  type Receive,
  ReconnectingConsumer,
  SHORTEST_BACKOFF_MS,
} from "./receives.ts";

/** Concurrent receives while they are full; more would not receive more. */
const MAX_IN_FLIGHT = 4;

/** The engine of a {@link QueuePoller}. */
export interface PollerOwner {
  /** Called when the poller can poll again, or when a settlement waits. */
  wake(): void;
  /** A receive for `asked` messages has ended and brought `received`. */
  pollEnded(asked: number, received: number): void;
}

/** The queue of a {@link QueuePoller}, and what its worker shares with it. */
export interface QueuePollerParts {
  readonly queue: OpenQueue;
  readonly runs: RunParts;
  readonly dispatcher: RunDispatcher;
  readonly owner: PollerOwner;
}

/**
 * One queue in the fetch loop: its receives, pauses, outages and watchdog. It has one receive at a time, a few while
 * they are full.
 */
export class QueuePoller {
  readonly weight: number;
  readonly inFlight: InFlightRuns;
  /** Whether the last receive was empty and no other is in flight. */
  isDry = false;
  /** Received jobs divided by weight: the queue with the lowest is next. */
  pass = 0;
  /** Number of ended receives, including failed ones. */
  polls = 0;
  readonly #parts: QueuePollerParts;
  readonly #consumer: ReconnectingConsumer;
  readonly #clock: Clock;
  readonly #backoff: PollBackoff;
  readonly #polls: InFlightReceives;
  /** Whether it is polled at intervals instead of waiting at the broker. */
  readonly #hasInterval: boolean;
  #mode: "awake" | "backing_off" | "stopped" = "awake";
  #isFlowing = false;
  #failures = 0;

  constructor(parts: QueuePollerParts) {
    this.#parts = parts;
    const { queue, runs, dispatcher } = parts;
    const { runtime, settings } = runs;
    this.#clock = runtime.clock;
    this.#backoff = new PollBackoff(runtime.clock);
    this.#polls = new InFlightReceives(runtime.clock, (poll) => this.#failed(poll, this.#silence(), true));
    this.#hasInterval = Number.isFinite(queue.pollIntervalMs);
    this.#consumer = new ReconnectingConsumer(queue.consumer, queue.reopen);
    this.weight = queue.weight;
    const own = { runtime, queue: queue.name, leaseMs: settings.leaseMs, consumer: this.#consumer };
    this.inFlight = new InFlightRuns(own, dispatcher);
  }

  get consumer(): ValidatedConsumer {
    return this.#consumer.current;
  }

  /** What it does; `asking`: it can be asked for more. */
  get state(): "asking" | "polling" | "backing_off" | "stopped" {
    if (this.#mode === "backing_off") return "backing_off";
    if (this.#mode === "stopped") return this.isPolling ? "polling" : "stopped";
    const isEager = this.#isFlowing && this.#polls.count < MAX_IN_FLIGHT;
    return isEager || !this.isPolling ? "asking" : "polling";
  }

  /** Whether a receive is under way. */
  get isPolling(): boolean {
    return this.#polls.count > 0;
  }

  /** Whether the last receive was full, so that there are probably more messages. */
  get isFlowing(): boolean {
    return this.#isFlowing;
  }

  /** Whether the last receives failed. */
  get isDown(): boolean {
    return this.#failures > 0;
  }

  /** How many messages to ask for: 0 while the limits of all its tasks are reached. */
  get room(): number {
    const { queue, runs } = this.#parts;
    const room = runs.pauses.has(queue.name) ? 0 : runs.taskLimiter.room(queue.tasks);
    return room - this.#polls.slots;
  }

  /** Whether it must not be polled now. */
  get isPaused(): boolean {
    const { queue, runs } = this.#parts;
    return runs.pauses.has(queue.name) || runs.taskLimiter.isPaused(queue.tasks);
  }

  /** Whether it only waits on an idle queue, so that the wait can be cancelled. */
  get isWaiting(): boolean {
    return this.#polls.areWaiting;
  }

  /** Receives up to `slots` messages, and settles waiting runs in the same call. */
  poll(slots: number, longestWaitMs: number): void {
    const batch = this.inFlight.acks.take();
    // Settlements must not wait for messages that may never come, and one waiting receive is enough. After a failure
    // the first answer says that the broker is back: a long wait would say so at its end.
    const isBrief = batch.length > 0 || this.#hasInterval || this.isPolling || this.isDown;
    const { consumer } = this;
    const poll = this.#polls.begin({ consumer, slots, waitMs: isBrief ? 0 : longestWaitMs, batch });
    const options = { max: slots, waitMs: poll.waitMs, signal: poll.signal };
    consumer.settleAndReceive(settlementsOf(batch), options).then(
      (answer) => this.#answered(poll, answer),
      (error: unknown) => this.#failed(poll, error, false),
    );
  }

  /** Ends a wait on an idle queue, so that its slots become free. */
  cancelWait(): void {
    this.#polls.cancelWait();
  }

  /** Polls again after its interval, or after a backoff that grows while the queue stays quiet. */
  backOff(): void {
    this.#backOffFor(this.#hasInterval ? this.#parts.queue.pollIntervalMs : this.#backoff.nextProbeMs());
  }

  /** Stops receiving and cancels a wait in flight. */
  stop(): void {
    this.#mode = "stopped";
    this.#backoff.end();
    this.cancelWait();
    this.#polls.stop();
  }

  /** Closes its consumer, after its last receive and settlement. */
  close(): Promise<void> {
    return this.#consumer.close();
  }

  #answered(poll: Receive, { settled, received, receiveError }: CheckedAnswer): void {
    if (poll.isOver) {
      // The watchdog gave up on it, but its messages are leased to this worker.
      return this.#deliver(received);
    }
    this.inFlight.acks.answer(poll.batch, settled);
    if (receiveError !== undefined) {
      this.#receiveFailed(poll, receiveError, { received: received.length, isSilent: false });
      return this.#deliver(received);
    }
    if (this.#failures > 0) this.#outageEnded();
    this.#failures = 0;
    this.isDry = received.length === 0 && this.#polls.count === 1;
    this.#isFlowing = received.length >= poll.slots;
    if (received.length > 0) this.#backoff.forgetProbes();
    this.pass += received.length / this.weight;
    this.#end(poll, received.length);
    this.#deliver(received);
    if (this.state !== "asking" || !this.isDry) return;
    if (this.#hasInterval) this.#backOffFor(this.#parts.queue.pollIntervalMs, "still dry");
    else this.#backOffIfEarly(poll);
  }

  #backOffIfEarly({ signal, waitMs, startedAt }: Receive): void {
    if (signal.aborted) return this.backOff();
    const tookMs = this.#clock.monotonic() - startedAt;
    if (waitMs > 0 && tookMs < waitMs - SHORTEST_BACKOFF_MS) this.#backOffFor(SHORTEST_BACKOFF_MS);
  }

  #deliver(received: readonly Delivery[]): void {
    for (const delivery of received) this.#parts.dispatcher.accept(this.inFlight, delivery);
  }

  #failed(poll: Receive, error: unknown, isSilent: boolean): void {
    if (poll.isOver) return;
    this.inFlight.acks.fail(poll.batch, error);
    this.#receiveFailed(poll, error, { received: 0, isSilent });
  }

  /** `received`: the number of its messages that can still be used. */
  #receiveFailed(
    poll: Receive,
    error: unknown,
    { received, isSilent }: { readonly received: number; readonly isSilent: boolean },
  ): void {
    if (this.#failures++ === 0) this.#outageBegan(error);
    this.isDry = true;
    this.#isFlowing = false;
    this.#end(poll, received);
    if (this.state !== "asking") return;
    if (isSilent) this.#consumer.replace(poll.consumer);
    this.#backOffFor(pollBackoff(this.#failures, this.#parts.runs.runtime.random));
  }

  #end(poll: Receive, received: number): void {
    this.#polls.end(poll);
    this.polls++;
    this.#parts.owner.pollEnded(poll.slots, received);
    this.#parts.owner.wake();
  }

  /**
   * Logged once for each outage. A broker that answers only sometimes causes many outages, so the lines are limited.
   */
  #outageBegan(error: unknown): void {
    const { runtime, lifecycle } = this.#parts.runs;
    const { queue } = this.inFlight;
    runtime.limited.error({ err: error, queue }, "the broker does not answer; trying again until it does");
    lifecycle.publish({ type: "broker.lost", queue, error: serializeError(error), at: this.#clock.now() });
  }

  #outageEnded(): void {
    const { runtime, lifecycle } = this.#parts.runs;
    const { queue } = this.inFlight;
    runtime.limited.info({ queue }, "the broker answers again");
    lifecycle.publish({ type: "broker.back", queue, at: this.#clock.now() });
  }

  #silence(): Error {
    const target = { broker: this.#parts.runs.broker.kind, queue: this.inFlight.queue };
    return new BrokerUnavailableError(
      target,
      "no answer to a receive; the worker opens the connection again.",
    );
  }

  #backOffFor(ms: number, then?: "still dry"): void {
    this.#mode = "backing_off";
    this.#backoff.backOff(ms, () => {
      if (this.#mode !== "backing_off") return;
      this.#mode = "awake";
      this.isDry = then === "still dry";
      this.#parts.owner.wake();
    });
  }
}
