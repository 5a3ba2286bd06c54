import type { BrokerConsumer, Capabilities, Delivery } from "@jobs/core/broker";
import type { BrokerHarness } from "../harness/broker-harness.ts";
import type { TestTime } from "../harness/test-time.ts";
import type { ExpectedMessage } from "./expected-message.ts";
import { type Certainty, hasPassed, later, not, type Span } from "./span.ts";

/** A lease that was taken, and the consumer that took it. A late holder settles through its own consumer. */
export interface TakenLease {
  readonly delivery: Delivery;
  readonly consumer: BrokerConsumer;
  /** The message that was leased. After it is done, the same id may be sent again as another message. */
  readonly message: ExpectedMessage;
}

/** What the model takes from the harness. */
type ModelledHarness = Pick<BrokerHarness, "capabilities" | "time" | "sharesLeases">;

/**
 * What a queue may do next. A broker may have a choice: order, a short receive, a lease that ends now. So the model
 * tells what is allowed and continues from what has happened. Capabilities limit the choice.
 */
export class QueueModel {
  readonly capabilities: Capabilities;
  /** Whether messages of one send may share a lease. */
  readonly sharesLeases: boolean;
  readonly #time: TestTime;
  /** The last message of every id ever sent, done or not. */
  readonly messages = new Map<string, ExpectedMessage>();
  /** Every lease ever taken. */
  readonly leases: TakenLease[] = [];
  readonly receipts = new Set<string>();
  isPaused = false;
  /** Number of stored sends and of dead letters put back. */
  entered = 0;
  #lastNumber = 0;

  constructor({ capabilities, time, sharesLeases = false }: ModelledHarness) {
    this.capabilities = capabilities;
    this.#time = time;
    this.sharesLeases = sharesLeases;
  }

  nextNumber(): number {
    return ++this.#lastNumber;
  }

  /** Makes a call and notes when it may have taken effect. */
  async during<T>(call: () => Promise<T>): Promise<{ readonly value: T; readonly at: Span }> {
    const from = this.#time.clock.monotonic();
    const value = await call();
    return { value, at: { from, to: this.#time.clock.monotonic() } };
  }

  ms(ticks: number): number {
    return ticks * this.#time.tickMs;
  }

  /** The end of a time of `ms` that a call has started. */
  deadline(at: Span, ms: number): Span {
    const { resolutionMs } = this.capabilities;
    // Ticks of exact time are whole milliseconds already.
    return later(at, ms, resolutionMs > 1 || this.#time.slackMs > 0 ? resolutionMs : 0);
  }

  /** Whether a message can be received at `at`, if the queue is not paused. */
  deliverable(message: ExpectedMessage, at: Span): Certainty {
    if (message.isLoose || this.#isSpent(message) || this.#mayReturn(message, at)) return "maybe";
    if (message.state === "ready") return "yes";
    if (message.state === "delayed") return hasPassed(message.until, at, this.#time.slackMs);
    return message.state === "leased" ? this.#expired(message, at) : "no";
  }

  /** The holder of a lease acts after its crash was counted: the crash is subtracted. */
  resumeLease(message: ExpectedMessage, receipt: string): void {
    if (this.capabilities.fencing !== "next-lease" || message.crashed !== receipt) return;
    message.crashes--;
    message.crashed = undefined;
  }

  /** Whether the lease of this receipt is held at `at`: until its end, and after it as long as the fencing allows. */
  holds(message: ExpectedMessage, receipt: string, at: Span): Certainty {
    if (message.isLoose || this.#mayReturn(message, at)) return "maybe";
    if (message.state !== "leased" || message.receipt !== receipt) return "no";
    const { fencing, maxDeliveries } = this.capabilities;
    if (fencing === "next-lease" && maxDeliveries === null) return "yes";
    const isOver = hasPassed(message.until, at, this.#time.slackMs);
    if (fencing === "lease-end") return not(isOver);
    return isOver === "yes" && this.#expired(message, at) !== "yes" ? "maybe" : not(isOver);
  }

  /** Messages that are, or may be, stored in a state at `at`. */
  count(
    state: "ready" | "delayed" | "leased" | "dead",
    at: Span,
  ): { readonly min: number; readonly max: number } {
    let [min, max] = [0, 0];
    for (const message of this.messages.values()) {
      const is = this.#isIn(message, state, at);
      if (is === "yes") min++;
      if (is !== "no") max++;
    }
    return { min, max };
  }

  #isIn(message: ExpectedMessage, state: "ready" | "delayed" | "leased" | "dead", at: Span): Certainty {
    if (message.isLoose || this.#isSpent(message) || this.#mayReturn(message, at)) return "maybe";
    // Its lease is over, and the broker may have set it aside instead of delivering it again.
    if (message.state === "leased" && this.#expired(message, at) === "maybe") return "maybe";
    if (state === "ready") return this.deliverable(message, at);
    if (message.state !== state) return "no";
    return state === "dead" ? "yes" : not(this.deliverable(message, at));
  }

  /** Whether a lease that it may share has ended at `at`, or before, also by a purge. */
  #mayReturn(message: ExpectedMessage, at: Span): boolean {
    if (!this.sharesLeases || message.siblings.length < 2) return false;
    // A sibling that was never delivered may wait in the process of the others. It keeps their lease when they are settled.
    const hasRest = message.siblings.some(({ receipt }) => receipt === undefined);
    const hasEnded = ({ state, leaseEnd }: ExpectedMessage) =>
      (state === "leased" || hasRest) &&
      leaseEnd !== undefined &&
      hasPassed(leaseEnd, at, this.#time.slackMs) !== "no";
    if (message.siblings.some(hasEnded)) for (const sibling of message.siblings) sibling.mayReturn = true;
    return message.mayReturn || message.mayBePurged;
  }

  /** Whether the broker may set it aside without a settlement. */
  #isSpent(message: ExpectedMessage): boolean {
    const { maxDeliveries } = this.capabilities;
    if (maxDeliveries === null || message.state === "done") return false;
    return message.state !== "leased" && message.deliveries >= maxDeliveries;
  }

  #expired(message: ExpectedMessage, at: Span): Certainty {
    const recovered = later(message.until, 0, this.capabilities.recoveryMs);
    const is = hasPassed(recovered, at, this.#time.slackMs);
    const { maxDeliveries } = this.capabilities;
    return is !== "no" && maxDeliveries !== null && message.deliveries >= maxDeliveries ? "maybe" : is;
  }
}
