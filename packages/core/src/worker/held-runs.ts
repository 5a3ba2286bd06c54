import type { Runtime } from "../runtime/runtime.ts";
import type { ConsumerInUse } from "./consumer-in-use.ts";
import type { Ending } from "./ending.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import type { Run, RunSource } from "./run.ts";
import { type SettledAs, Settler } from "./settler.ts";

/** What {@link HeldRuns} work with. */
export interface HeldRunsParts {
  readonly runtime: Runtime;
  /** Name without prefix. */
  readonly queue: string;
  readonly leaseMs: number;
  readonly consumer: ConsumerInUse;
  /** A settlement has ended, well or badly. */
  onEnd(run: Run, as: SettledAs): void;
  /** A settlement waits to be sent. */
  onPending(): void;
  /** The lease of a run is gone. */
  onLost(run: Run): void;
}

/** What a worker has in hand from one queue: runs whose settlement is not confirmed, and their leases. */
export class HeldRuns implements RunSource {
  readonly queue: string;
  readonly settler: Settler;
  readonly #consumer: ConsumerInUse;
  readonly #leases: LeaseKeeper;
  /** By the broker's id of the message. */
  readonly #runs = new Map<string, Run>();

  constructor({ queue, onEnd, onPending, onLost, ...parts }: HeldRunsParts) {
    this.queue = queue;
    this.#consumer = parts.consumer;
    this.settler = new Settler({ ...parts, onEnd, onPending });
    this.#leases = new LeaseKeeper({ ...parts, runs: this.#runs, onLost });
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

  settle(run: Run, ending: Ending): void {
    const isDropped = ending.status === "dead" && this.#consumer.current.capabilities.deadLetter === false;
    this.settler.add(run, isDropped ? { ...ending, isDropped } : ending);
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
