import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import type { Random } from "@jobs/core/testing";
import { forkBuilt } from "./fork-built.ts";
import type { LedgerWriter } from "./ledger.ts";
import type { WorkerOrders, WorkerStage } from "./process-orders.ts";

/** What a {@link WorkerPool} needs. */
export interface WorkerPoolParts {
  readonly size: number;
  readonly orders: WorkerOrders;
  readonly ledger: LedgerWriter;
  readonly random: Random;
}

/** How a worker that was not killed came to its end. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The workers that serve the queue when one of them is struck: one to die, one to take over what it leaves. */
const LEAST_SERVING = 2;

/** The supervisor: as many workers as it was told, whatever happens to them. */
export class WorkerPool {
  readonly #parts: WorkerPoolParts;
  readonly #living = new Set<ChildProcess>();
  readonly #serving = new Set<ChildProcess>();
  readonly #atWork = new Set<ChildProcess>();
  /** Those that were struck by SIGTERM: a second one would tell them to hurry, and end them by force. */
  readonly #stopping = new WeakSet<ChildProcess>();
  readonly #badExits: Exit[] = [];
  /** Tells with `change` that a worker has come further, or to its end. */
  readonly #news = new EventEmitter();
  #isClosing = false;

  constructor(parts: WorkerPoolParts) {
    this.#parts = parts;
    for (let i = 0; i < parts.size; i++) this.#start();
  }

  /** Exits that nobody asked for, and answers to SIGTERM other than code 0. */
  get badExits(): readonly Exit[] {
    return this.#badExits;
  }

  /**
   * Sends a signal to a worker chosen by chance among those that have begun a job, when another one serves the queue
   * beside it; a new one is started in its place. @throws Error when none gets that far.
   */
  async strike(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const enough = Math.min(LEAST_SERVING, this.#parts.size);
    while (this.#atWork.size === 0 || this.#serving.size < enough) {
      if (this.#badExits.length > this.#parts.size)
        throw new Error("the workers end before they are at work.");
      await once(this.#news, "change");
    }
    const candidates = [...this.#atWork];
    const victim = candidates[Math.floor(this.#parts.random() * candidates.length)] as ChildProcess;
    this.#atWork.delete(victim);
    this.#serving.delete(victim);
    victim.kill(signal);
    if (signal === "SIGTERM") this.#stopping.add(victim);
    if (signal === "SIGKILL" && victim.pid !== undefined) {
      this.#parts.ledger.write({ type: "killed", pid: victim.pid, at: Date.now() });
    }
  }

  /** Asks every worker to stop, once, and waits until all have. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const exits = [...this.#living].map((child) => once(child, "exit"));
    for (const child of this.#living) if (!this.#stopping.has(child)) child.kill("SIGTERM");
    await Promise.all(exits);
  }

  #start(): void {
    const child = forkBuilt("worker-process", this.#parts.orders);
    this.#living.add(child);
    let hasBegun = false;
    child.on("message", (stage: WorkerStage) => {
      if (stage === "serving") this.#serving.add(child);
      else {
        hasBegun = true;
        this.#atWork.add(child);
      }
      this.#news.emit("change");
    });
    child.once("exit", (code, signal) => {
      for (const set of [this.#living, this.#serving, this.#atWork]) set.delete(child);
      // Before its first job a worker may not even have come to listen for SIGTERM.
      const wasTooYoung = signal === "SIGTERM" && !hasBegun;
      if (code !== 0 && signal !== "SIGKILL" && !wasTooYoung) this.#badExits.push({ code, signal });
      if (!this.#isClosing) this.#start();
      this.#news.emit("change");
    });
  }
}
