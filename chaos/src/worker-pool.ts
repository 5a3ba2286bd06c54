import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@jobs/core/testing";
import { forkBuilt } from "./fork-built.ts";
import type { WorkerOrders, WorkerStage } from "./process-orders.ts";
import type { RunLogWriter } from "./run-log.ts";

/** What a {@link WorkerPool} needs. */
export interface WorkerPoolParts {
  readonly size: number;
  readonly orders: Omit<WorkerOrders, "worker">;
  readonly runLog: RunLogWriter;
  readonly random: Random;
}

/** How a worker that was not killed ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Workers that must serve the queue before one gets a signal: one ends, another takes over its jobs. */
const LEAST_SERVING = 2;

/** The supervisor. It keeps the number of workers constant, whatever happens to them. */
export class WorkerPool {
  readonly #parts: WorkerPoolParts;
  readonly #living = new Set<ChildProcess>();
  readonly #serving = new Set<ChildProcess>();
  readonly #atWork = new Set<ChildProcess>();
  /** Workers that got a SIGTERM: a second one would end them by force. */
  readonly #stopping = new WeakSet<ChildProcess>();
  readonly #badExits: Exit[] = [];
  /** Emits `change` when a worker reached its next stage or ended. */
  readonly #news = new EventEmitter();
  #started = 0;
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
   * Sends a signal to a random worker that has begun a job, once another worker serves the queue too. Then starts a new
   * worker in its place. @throws Error when the workers end before one has begun a job.
   */
  async strike(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const victim = await this.#victim();
    this.#atWork.delete(victim);
    this.#serving.delete(victim);
    const exit = once(victim, "exit");
    victim.kill(signal);
    if (signal === "SIGTERM") this.#stopping.add(victim);
    if (signal === "SIGKILL" && victim.pid !== undefined) {
      this.#parts.runLog.write({ type: "killed", pid: victim.pid, at: Date.now() });
      await exit;
    }
  }

  /** Freezes such a worker for so long, then lets it go on. @throws as {@link strike} does */
  async freeze(ms: number): Promise<void> {
    const victim = await this.#victim();
    const from = Date.now();
    victim.kill("SIGSTOP");
    await sleep(ms);
    // Before the worker goes on, so that its first line comes after `to`.
    const to = Date.now();
    victim.kill("SIGCONT");
    this.#parts.runLog.write({ type: "frozen", pid: victim.pid ?? 0, from, to });
  }

  /** Resolves once a worker has begun a job, and another one serves too. @throws as {@link strike} does */
  async untilAtWork(): Promise<void> {
    const enough = Math.min(LEAST_SERVING, this.#parts.size);
    while (this.#atWork.size === 0 || this.#serving.size < enough) {
      if (this.#badExits.length > this.#parts.size)
        throw new Error("the workers end before they are at work.");
      await once(this.#news, "change");
    }
  }

  /** Asks every worker to stop, once, and waits until all have stopped. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const exits = [...this.#living].map((child) => once(child, "exit"));
    for (const child of this.#living) if (!this.#stopping.has(child)) child.kill("SIGTERM");
    await Promise.all(exits);
  }

  /** A random worker that has begun a job, once another one serves too. */
  async #victim(): Promise<ChildProcess> {
    await this.untilAtWork();
    const candidates = [...this.#atWork];
    return candidates[Math.floor(this.#parts.random() * candidates.length)] as ChildProcess;
  }

  #start(): void {
    const child = forkBuilt("worker-process", { ...this.#parts.orders, worker: this.#started++ });
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
      // Before its first job a worker may not listen for SIGTERM yet.
      const wasTooYoung = signal === "SIGTERM" && !hasBegun;
      if (code !== 0 && signal !== "SIGKILL" && !wasTooYoung) this.#badExits.push({ code, signal });
      if (!this.#isClosing) this.#start();
      this.#news.emit("change");
    });
  }
}
