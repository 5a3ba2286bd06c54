import type { Delivery } from "../broker/delivery.ts";
import type { RunRef } from "../job/lifecycle.ts";

/** Who ended a run from outside, strongest last: a lost lease forbids every write, whatever came before. */
export type Interruption = {
  readonly kind: "timeout" | "uncaught" | "shutdown" | "lease_lost";
  readonly error: Error;
};

/** How the handler itself ended. */
export type HandlerEnd =
  | { readonly status: "returned"; readonly value: unknown }
  | { readonly status: "threw"; readonly error: unknown }
  /** It did not come back within the grace that follows an interruption. */
  | { readonly status: "abandoned" };

/**
 * One delivery in the hands of this worker, from receive to settlement. Holds what changes while it runs: the lease's
 * end, the interruption, the signal.
 */
export class Run {
  readonly delivery: Delivery;
  /** Whom events speak of; complete once the envelope is decoded. */
  ref: RunRef;
  /** End of the lease on the monotonic clock; moved by heartbeats. */
  leaseUntil: number;
  /** When the handler was started, monotonic; `undefined` before. */
  startedAt: number | undefined;
  /** Set once; a lost lease replaces any other. */
  interruption: Interruption | undefined;
  /** The settlement was handed over; nothing can change the outcome any more. */
  isEnding = false;
  /** Called at each interruption; one listener, since only the code that runs the handler needs to know at once. */
  onInterrupt: ((interruption: Interruption) => void) | undefined;
  /** Called when nobody waits for the handler any more. */
  onAbandon: (() => void) | undefined;
  #isAbandoned = false;
  #controller: AbortController | undefined;

  constructor(delivery: Delivery, ref: RunRef) {
    this.delivery = delivery;
    this.ref = ref;
    this.leaseUntil = delivery.leaseUntil;
  }

  /** Made on first use: most handlers never look at it, and a signal costs more than the rest of a run. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.interruption !== undefined) this.#controller.abort(this.interruption.error);
    }
    return this.#controller.signal;
  }

  get hasLostLease(): boolean {
    return this.interruption?.kind === "lease_lost";
  }

  /** Whether the time to wait for the handler is over. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Records who ends the run and aborts its signal. The first one counts, but for a lost lease. */
  interrupt(interruption: Interruption): void {
    if (this.interruption !== undefined && (this.hasLostLease || interruption.kind !== "lease_lost")) return;
    this.interruption = interruption;
    this.#controller?.abort(interruption.error);
    this.onInterrupt?.(interruption);
  }

  /** Ends the wait for the handler; what it still does cannot change the outcome. */
  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.onAbandon?.();
  }
}
