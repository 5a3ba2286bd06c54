import type { Runtime } from "../runtime/runtime.ts";
import type { ConsumerInUse } from "./consumer-in-use.ts";
import type { Ending } from "./ending.ts";
import { createLeaseKeeper, type LeaseKeeper } from "./lease-keeper.ts";
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
  readonly #runs = new Set<Run>();

  constructor({ queue, onEnd, onPending, onLost, ...parts }: HeldRunsParts) {
    this.queue = queue;
    this.#consumer = parts.consumer;
    this.settler = new Settler({ ...parts, onEnd, onPending });
    this.#leases = createLeaseKeeper({ ...parts, runs: this.#runs, onLost });
  }

  get size(): number {
    return this.#runs.size;
  }

  [Symbol.iterator](): Iterator<Run> {
    return this.#runs.values();
  }

  /** Takes a run in hand: its lease is kept until it is forgotten. */
  hold(run: Run): void {
    this.#runs.add(run);
    this.#leases.start();
  }

  settle(run: Run, ending: Ending): void {
    const isDropped = ending.status === "dead" && this.#consumer.current.capabilities.deadLetter === false;
    this.settler.add(run, isDropped ? { ...ending, isDropped } : ending);
  }

  forget(run: Run): void {
    this.#runs.delete(run);
  }

  /** No lease is extended any more. */
  stop(): void {
    this.#leases.stop();
  }
}
