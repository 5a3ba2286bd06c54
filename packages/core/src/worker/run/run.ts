import type { Delivery } from "../../broker/delivery.ts";
import type { Envelope } from "../../envelope/envelope.ts";
import type { RunRef } from "../../job/lifecycle.ts";
import { createSharedAbort } from "../../runtime/shared-abort.ts";
import type { RunOutcome } from "./run-outcome.ts";

/** Who ended a run from outside. A lost lease forbids every write, whatever came before. */
export interface Interruption {
  readonly kind: "timeout" | "uncaught" | "cancelled" | "shutdown" | "lease_lost";
  readonly error: Error;
}

/** Where a run comes from and where it is settled. */
export interface RunSource {
  /** Name of the queue without prefix. */
  readonly queue: string;
  /** Largest body that the queue takes, in bytes. */
  readonly maxMessageBytes: number;
  /** Ends the run's lease. */
  settle(run: Run, outcome: RunOutcome): void;
  /** Asks the broker whether the run still has its lease, and extends it; else the run has lost it afterwards. */
  confirmLease(run: Run): Promise<void>;
  /** The run is over, and so is its lease. */
  forget(run: Run): void;
}

/** The code that waits for a run's handler. */
export interface RunOwner {
  /** The run was interrupted; its signal has aborted already. */
  interrupted(interruption: Interruption): void;
  /** Nobody waits for the handler any more. */
  abandoned(): void;
}

/**
 * One delivery in the hands of this worker, from receive to settlement. Holds what changes on the way: the lease's
 * end, the interruption, the signal.
 */
export class Run {
  /** The latest delivery of the job to this worker: its receipt is the one that counts. */
  delivery: Delivery;
  readonly source: RunSource;
  /** The job's next delivery to this worker, which came before the settlement of this one was answered. */
  successor: Delivery | undefined = undefined;
  /** The job as it was sent, once it has been read. */
  envelope: Envelope | undefined = undefined;
  /** End of the lease on the monotonic clock; moved by heartbeats. */
  leaseUntil: number;
  /** When the handler was started, monotonic. */
  startedAt = 0;
  /** When its time is up, monotonic; `Infinity` before the start and for tasks without a timeout. */
  timeoutAt = Number.POSITIVE_INFINITY;
  /** Set once; a lost lease replaces any other. */
  interruption: Interruption | undefined = undefined;
  /** How it ends: set when the settlement is handed over; nothing can change the outcome any more. */
  outcome: RunOutcome | undefined = undefined;
  /** Settlements that did not get through. */
  settleFailures = 0;
  /** Set while the handler runs. */
  owner: RunOwner | undefined = undefined;
  /** Lets wrappers of the handler end when it is abandoned. */
  onAbandon: (() => void) | undefined = undefined;
  /** The job's id; before the envelope is read, the broker's is all there is. */
  #id: string;
  #task = "?";
  #ref: RunRef | undefined = undefined;
  /** Its job was done and counted before: all that is left to do is the ack. */
  isRepeat = false;
  /** Its handler has taken what follows: the flow does not go on by itself. */
  hasTakenFollowups = false;
  #isAbandoned = false;
  #isLeasedAnew = false;
  #controller: AbortController | undefined = undefined;

  constructor(delivery: Delivery, source: RunSource) {
    this.delivery = delivery;
    this.source = source;
    this.leaseUntil = delivery.leaseUntil;
    this.#id = delivery.messageId;
  }

  /** The envelope has been read. */
  identify(id: string, task: string): void {
    this.#id = id;
    this.#task = task;
    this.#ref = undefined;
  }

  /** Name of its task, once it is known. */
  get task(): string {
    return this.#task;
  }

  /** Failures before this run, plus one. A broker that keeps none (SQS) has delivered at least once more often than it failed. */
  get attempt(): number {
    const { failureCount, deliveryCount } = this.delivery;
    return (failureCount ?? deliveryCount - 1) + 1;
  }

  /** Whom events and logs speak of; made on first use, since most runs end without being spoken of. */
  get ref(): RunRef {
    this.#ref ??= { id: this.#id, task: this.#task, queue: this.source.queue, attempt: this.attempt };
    return this.#ref;
  }

  get isEnding(): boolean {
    return this.outcome !== undefined;
  }

  /** Made on first use: most handlers never look at it, and a signal costs more than the rest of a run. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = createSharedAbort();
      if (this.interruption !== undefined) this.#controller.abort(this.interruption.error);
    }
    return this.#controller.signal;
  }

  get hasLostLease(): boolean {
    return this.interruption?.kind === "lease_lost" && !this.#isLeasedAnew;
  }

  /** The broker has delivered the job once more, to this worker: the run goes on under the new lease. */
  continueUnder(delivery: Delivery): void {
    this.delivery = delivery;
    this.leaseUntil = delivery.leaseUntil;
    this.successor = undefined;
    this.#isLeasedAnew = true;
  }

  /** Whether the time to wait for the handler is over. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Records who ends the run and aborts its signal. The first one counts, but for a lost lease. */
  interrupt(interruption: Interruption): void {
    if (this.interruption !== undefined && (this.hasLostLease || interruption.kind !== "lease_lost")) return;
    this.interruption = interruption;
    this.#isLeasedAnew = false;
    this.#controller?.abort(interruption.error);
    this.owner?.interrupted(interruption);
  }

  /** Ends the wait for the handler; what it still does cannot change the outcome. */
  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.onAbandon?.();
    this.owner?.abandoned();
  }
}
