import type { JobNote } from "../../broker/broker.ts";
import { LeaseLostError } from "../../errors/broker-errors.ts";
import { IdTable } from "../../runtime/id-table.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { ReconnectingConsumer } from "../fetch/receives.ts";
import type { Run, RunSource } from "../run/run.ts";
import type { RunOutcome } from "../run/run-outcome.ts";
import { AckBatcher, type SettleOutcome } from "./ack-batcher.ts";
import { LeaseRenewer } from "./lease-renewer.ts";

/** The queue of {@link InFlightRuns}, its leases and its consumer. */
export interface InFlightRunsParts {
  readonly runtime: Runtime;
  /** Name without prefix. */
  readonly queue: string;
  readonly leaseMs: number;
  readonly consumer: ReconnectingConsumer;
}

/** Called when settlements or leases of runs end. */
export interface LeaseOwner {
  /** A settlement has ended, or failed for good, at that monotonic time. */
  ended(inFlight: InFlightRuns, run: Run, how: SettleOutcome, endedAt: number): void;
  /** The lease of a run is gone. */
  leaseLost(run: Run): void;
  /** A settlement waits to be sent. */
  wake(): void;
}

/** The runs of one queue that are not settled yet, with their leases. */
export class InFlightRuns implements RunSource {
  readonly queue: string;
  readonly acks: AckBatcher;
  readonly #consumer: ReconnectingConsumer;
  readonly #leases: LeaseRenewer;
  readonly #runtime: Runtime;
  /** By the broker's id of the message. */
  readonly #runs = new IdTable<Run>();

  constructor({ queue, ...parts }: InFlightRunsParts, owner: LeaseOwner) {
    this.queue = queue;
    this.#consumer = parts.consumer;
    this.#runtime = parts.runtime;
    this.acks = new AckBatcher(parts.consumer, parts.runtime, {
      ended: (run, how, endedAt) => owner.ended(this, run, how, endedAt),
      wake: () => owner.wake(),
    });
    this.#leases = new LeaseRenewer({ ...parts, runs: this.#runs, leaseLost: (run) => owner.leaseLost(run) });
  }

  get maxMessageBytes(): number {
    return this.#consumer.current.capabilities.maxMessageBytes;
  }

  get keepsFinished(): boolean {
    return this.#consumer.current.capabilities.keepsFinished;
  }

  get size(): number {
    return this.#runs.size;
  }

  [Symbol.iterator](): Iterator<Run> {
    return this.#runs.values();
  }

  /** The run of a message, if it is in flight here. */
  find(messageId: string): Run | undefined {
    return this.#runs.get(messageId);
  }

  /** Adds a run: its lease is extended until it is removed. */
  add(run: Run): void {
    this.#runs.add(run.delivery.messageId, run);
    this.#leases.start();
  }

  /** Extends leases with a late heartbeat now, before more is received. */
  catchUp(): void {
    this.#leases.catchUp();
  }

  confirmLease(run: Run): Promise<void> {
    return this.#leases.confirm(run);
  }

  /** The broker has given the job to another worker. */
  lose(run: Run): void {
    this.#leases.lose(run);
  }

  async complete({ delivery, ref }: Run, value: string, transaction: object): Promise<void> {
    const answer = await this.#consumer.current.complete(delivery, value, { transaction });
    if (answer === "lost") throw new LeaseLostError(ref.id);
  }

  isCompleted({ delivery }: Run): Promise<boolean> {
    return this.#consumer.current.isCompleted(delivery);
  }

  note({ delivery }: Run, note: JobNote): void {
    const report = (err: unknown) =>
      this.#runtime.limited.warn({ err, queue: this.queue }, "the broker did not take a note of a job");
    this.#consumer.current.note?.(delivery, note).catch(report);
  }

  settle(run: Run, outcome: RunOutcome): void {
    const isDropped = outcome.status === "dead" && this.#consumer.current.capabilities.deadLetter === false;
    this.acks.add(run, isDropped ? { ...outcome, isDropped } : outcome);
  }

  remove(run: Run): void {
    this.#runs.remove(run.delivery.messageId, run);
  }

  /** Stops extending leases. */
  stop(): void {
    this.#leases.stop();
  }
}
