import type { JobNote } from "../../broker/broker.ts";
import type { Delivery } from "../../broker/delivery.ts";
import { type Envelope, eventFields } from "../../envelope/envelope.ts";
import { JobTimeoutError } from "../../errors/run-errors.ts";
import { traceIdOf } from "../../job/enqueue.ts";
import type { RunRef } from "../../job/lifecycle.ts";
import { createSharedAbort } from "../../runtime/shared-abort.ts";
import type { Interruption, RunOwner } from "./interruption.ts";
import type { RunOutcome } from "./run-outcome.ts";

/**
 * Where a run is. Only methods of {@link Run} move it; everybody else asks.
 *
 * ```
 *            start            handlerEnded            settleAs            confirm
 *  received ──────▶ running ──────────────▶ handled ──────────▶ settling ────────▶ settled
 *      │                                       settleAs          ▲   │ ▲
 *      ╰─────────────────────────────────────────────────────────╯   ╰─╯ settlementFailed, continueUnder
 *
 *  any of them but settled ── drop ──▶ dropped
 * ```
 *
 * | state | meaning | left by |
 * |---|---|---|
 * | received | It is decoded, or waits for its task's limits or to be alone. | `start`; `settleAs` where no handler is called |
 * | running | Its handler is at work. | `handlerEnded`: it returned, threw or was abandoned |
 * | handled | Its completion steps are taken. | `settleAs` |
 * | settling | Its outcome is decided, and is sent until the broker answers. | `confirm`; `continueUnder` a new lease |
 * | settled | The broker has confirmed its end. | nothing |
 * | dropped | It is over without a confirmed end. | nothing |
 *
 * Besides its state a run has a lease, which the broker can take and give again. It has at most one
 * {@link Interruption}.
 */
export type RunState = "received" | "running" | "handled" | "settling" | "settled" | "dropped";

/** The queue of a run, which also settles it. */
export interface RunSource {
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** Largest body that the queue takes, in bytes. */
  readonly maxMessageBytes: number;
  /** Whether its broker keeps finished jobs, with their values and notes. */
  readonly keepsFinished: boolean;
  /** Shows progress or a log line in the broker, where it keeps them. */
  note(run: Run, note: JobNote): void;
  /** Ends the run's lease. */
  settle(run: Run, outcome: RunOutcome): void;
  /** Marks the job as completed with a transaction of the handler. @throws LeaseLostError when another worker may have it */
  complete(run: Run, value: string, transaction: object): Promise<void>;
  /** Whether that transaction is committed. */
  isCompleted(run: Run): Promise<boolean>;
  /** Extends the lease of the run at the broker; without success the run has lost it afterwards. */
  confirmLease(run: Run): Promise<void>;
  /** The run is over, and so is its lease. */
  remove(run: Run): void;
}

/** One delivery of this worker, from receive to settlement: its state, its lease and its interruption. */
export class Run {
  readonly source: RunSource;
  #state: RunState = "received";
  #delivery: Delivery;
  #successor: Delivery | undefined = undefined;
  #envelope: Envelope | undefined = undefined;
  #id: string;
  #task = "?";
  #ref: RunRef | undefined = undefined;
  #leaseUntil: number;
  #isLeasedAnew = false;
  #startedAt = 0;
  #timeoutAt = Number.POSITIVE_INFINITY;
  #owner: RunOwner | undefined = undefined;
  #interruption: Interruption | undefined = undefined;
  #isAbandoned = false;
  #onAbandon: (() => void) | undefined = undefined;
  #hasTakenFollowups = false;
  #isRepeat = false;
  #outcome: RunOutcome | undefined = undefined;
  #settleFailures = 0;
  #controller: AbortController | undefined = undefined;

  constructor(delivery: Delivery, source: RunSource) {
    this.#delivery = delivery;
    this.source = source;
    this.#leaseUntil = delivery.leaseUntil;
    // Before the envelope is read, only the broker's id is known.
    this.#id = delivery.messageId;
  }

  get state(): RunState {
    return this.#state;
  }

  /** The latest delivery of the job to this worker: its receipt is the one that counts. */
  get delivery(): Delivery {
    return this.#delivery;
  }

  /** The job's next delivery to this worker, which arrived before the answer to this one's settlement. */
  get successor(): Delivery | undefined {
    return this.#successor;
  }

  /** The job as it was sent, once it has been read. */
  get envelope(): Envelope | undefined {
    return this.#envelope;
  }

  /** Name of its task, once it is known. */
  get task(): string {
    return this.#task;
  }

  /** Failures before this run, plus one. For a broker that counts none (SQS), the deliveries are used. */
  get attempt(): number {
    const { failureCount, deliveryCount } = this.#delivery;
    return (failureCount ?? deliveryCount - 1) + 1;
  }

  /** The run in events and logs; made on first use, since most runs need none. */
  get ref(): RunRef {
    this.#ref ??= this.#makeRef();
    return this.#ref;
  }

  #makeRef(): RunRef {
    const traceId = traceIdOf(this.#envelope?.headers);
    return {
      id: this.#id,
      task: this.#task,
      queue: this.source.queue,
      attempt: this.attempt,
      ...(this.#envelope && eventFields(this.#envelope)),
      ...(traceId === undefined ? undefined : { traceId }),
    };
  }

  /** End of the lease on the monotonic clock; moved by heartbeats. */
  get leaseUntil(): number {
    return this.#leaseUntil;
  }

  get hasLostLease(): boolean {
    return this.#interruption?.kind === "lease_lost" && !this.#isLeasedAnew;
  }

  /** When the handler was started, monotonic. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** When its time is up, monotonic; `Infinity` while no handler runs and for tasks without a timeout. */
  get timeoutAt(): number {
    return this.#timeoutAt;
  }

  /** Set once; a lost lease replaces any other. */
  get interruption(): Interruption | undefined {
    return this.#interruption;
  }

  /** Whether the handler is not awaited any more. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Whether its handler has taken the next steps, so that the flow does not continue by itself. */
  get hasTakenFollowups(): boolean {
    return this.#hasTakenFollowups;
  }

  /** Whether its job was done and counted before, so that only the ack is left. */
  get isRepeat(): boolean {
    return this.#isRepeat;
  }

  /** Its outcome, once it is decided. */
  get outcome(): RunOutcome | undefined {
    return this.#outcome;
  }

  /** Whether its outcome is decided and cannot change any more. */
  get isEnding(): boolean {
    return this.#outcome !== undefined;
  }

  /** Number of failed settlements. */
  get settleFailures(): number {
    return this.#settleFailures;
  }

  /** Made on first use: most handlers never use it, and a signal costs more than the rest of a run. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = createSharedAbort();
      if (this.#interruption !== undefined) this.#controller.abort(this.#interruption.error);
    }
    return this.#controller.signal;
  }

  /** Records which job this is, once its envelope is read. `task` may be the name that this app has for an alias. */
  identify(id: string, task: string, envelope?: Envelope): void {
    this.#id = id;
    this.#task = task;
    this.#ref = undefined;
    this.#envelope = envelope;
  }

  /** Records that its job was done and counted before. */
  markRepeat(): void {
    this.#isRepeat = true;
  }

  /** received → running: its handler is called now, and `owner` waits for it. */
  start(owner: RunOwner, now: number, timeoutMs: number): void {
    this.#state = "running";
    this.#owner = owner;
    this.#startedAt = now;
    this.#timeoutAt = now + timeoutMs;
  }

  /** running → handled. Returns how long the handler was at work, in ms. */
  handlerEnded(now: number): number {
    this.#state = "handled";
    this.#owner = undefined;
    this.#timeoutAt = Number.POSITIVE_INFINITY;
    return now - this.#startedAt;
  }

  /** received, handled → settling: this is how it ends. */
  settleAs(outcome: RunOutcome): void {
    this.#state = "settling";
    this.#outcome = outcome;
  }

  /** Its settlement failed. Returns how often that happened. */
  settlementFailed(): number {
    return ++this.#settleFailures;
  }

  /** settling → settled: the broker has confirmed the outcome. */
  confirm(): void {
    this.#state = "settled";
  }

  /** → dropped, where its end was not confirmed. */
  drop(): void {
    if (this.#state !== "settled") this.#state = "dropped";
  }

  /** The job was delivered again during the settlement of this run. */
  setSuccessor(successor: Delivery): void {
    this.#successor = successor;
  }

  /** The broker has delivered the job to this worker again: the run continues in its state under the new lease. */
  continueUnder(delivery: Delivery): void {
    this.#delivery = delivery;
    this.#leaseUntil = delivery.leaseUntil;
    this.#successor = undefined;
    this.#settleFailures = 0;
    this.#isLeasedAnew = true;
  }

  /** The broker has granted the lease until then, monotonic. */
  extendLease(until: number): void {
    this.#leaseUntil = until;
  }

  /** Its time is over. After a lost lease nothing is recorded; the handler is only abandoned. */
  timeOut(): void {
    const timeoutMs = Math.round(this.#timeoutAt - this.#startedAt);
    this.#timeoutAt = Number.POSITIVE_INFINITY;
    if (this.hasLostLease) this.abandon();
    else this.interrupt({ kind: "timeout", error: new JobTimeoutError(this.#task, timeoutMs) });
  }

  /** Records the cause and aborts the signal. The first cause counts, except that a lost lease replaces it. */
  interrupt(interruption: Interruption): void {
    if (this.#interruption !== undefined && (this.hasLostLease || interruption.kind !== "lease_lost")) return;
    this.#interruption = interruption;
    this.#isLeasedAnew = false;
    this.#controller?.abort(interruption.error);
    this.#owner?.interrupted(interruption);
  }

  /** Ends the wait for the handler, which cannot change the outcome any more. */
  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.#onAbandon?.();
    this.#owner?.abandoned();
  }

  /** Lets wrappers of the handler end when it is abandoned. */
  whenAbandoned(call: () => void): void {
    this.#onAbandon = call;
  }

  /** Its handler takes the next steps of its flow. */
  takeFollowups(): void {
    this.#hasTakenFollowups = true;
  }
}
