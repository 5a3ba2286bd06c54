import type { Runtime } from "../../runtime/runtime.ts";
import type { ReconnectingConsumer } from "../fetch/open-queues.ts";
import type { Run, RunSource } from "../run/run.ts";
import type { RunOutcome } from "../run/run-outcome.ts";
import { AckBatcher, type SettleOutcome } from "./ack-batcher.ts";
import { LeaseRenewer } from "./lease-renewer.ts";

/** What {@link InFlightRuns} work with. */
export interface InFlightRunsParts {
  readonly runtime: Runtime;
  /** Name without prefix. */
  readonly queue: string;
  readonly leaseMs: number;
  readonly consumer: ReconnectingConsumer;
}

/** Who decides what becomes of runs whose lease has ended. */
export interface LeaseOwner {
  /** A settlement has ended, well or badly. */
  ended(inFlight: InFlightRuns, run: Run, as: SettleOutcome): void;
  /** The lease of a run is gone. */
  lost(run: Run): void;
  /** A settlement waits to be sent. */
  wake(): void;
}

/** What a worker has in hand from one queue: runs whose settlement is not confirmed, and their leases. */
export class InFlightRuns implements RunSource {
  readonly queue: string;
  readonly acks: AckBatcher;
  readonly #consumer: ReconnectingConsumer;
  readonly #leases: LeaseRenewer;
  /** By the broker's id of the message. */
  readonly #runs = new Map<string, Run>();

  constructor({ queue, ...parts }: InFlightRunsParts, owner: LeaseOwner) {
    this.queue = queue;
    this.#consumer = parts.consumer;
    this.acks = new AckBatcher(parts.consumer, parts.runtime, {
      ended: (run, as) => owner.ended(this, run, as),
      wake: () => owner.wake(),
    });
    this.#leases = new LeaseRenewer({ ...parts, runs: this.#runs, lost: (run) => owner.lost(run) });
  }

  get maxMessageBytes(): number {
    return this.#consumer.current.capabilities.maxMessageBytes;
  }

  get size(): number {
    return this.#runs.size;
  }

  [Symbol.iterator](): Iterator<Run> {
    return this.#runs.values();
  }

  /** The run of a message, if it is in hand. */
  find(messageId: string): Run | undefined {
    return this.#runs.get(messageId);
  }

  /** Takes a run in hand: its lease is kept until it is forgotten. */
  hold(run: Run): void {
    this.#runs.set(run.delivery.messageId, run);
    this.#leases.start();
  }

  /** Extends leases now whose heartbeat is late, before anything more is received. */
  catchUp(): void {
    this.#leases.catchUp();
  }

  confirmLease(run: Run): Promise<void> {
    return this.#leases.confirm(run);
  }

  /** The broker has given the job to somebody else. */
  lose(run: Run): void {
    this.#leases.lose(run);
  }

  settle(run: Run, outcome: RunOutcome): void {
    const isDropped = outcome.status === "dead" && this.#consumer.current.capabilities.deadLetter === false;
    this.acks.add(run, isDropped ? { ...outcome, isDropped } : outcome);
  }

  forget(run: Run): void {
    const { messageId } = run.delivery;
    if (this.#runs.get(messageId) === run) this.#runs.delete(messageId);
  }

  /** No lease is extended any more. */
  stop(): void {
    this.#leases.stop();
  }
}
