import { type ChildProcess, fork } from "node:child_process";
import type { WorkerReport } from "@jobs/core";
import { type Cancel, keepAliveClock, SAME_SIGNAL_MS } from "@jobs/core/runtime";
import type { ProcessEnd, RecycleReason } from "../host.ts";
import type { ChildMessage, ChildOrders } from "./host-messages.ts";

/** The program of a process. */
export interface ProcessProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  /** The first message to it; `undefined` for a program that needs none. */
  readonly orders: ChildOrders | undefined;
}

/** Callbacks for the events of a process. */
export interface ProcessListener {
  onServing(worker: string): void;
  onLimit(reason: RecycleReason): void;
  onMeasured(measured: unknown): void;
}

/** The grace period of a process that has not sent its own yet, in ms. */
const DEFAULT_GRACE_MS = 25_000;

/** Time between the end of the grace period and the kill, in ms: last releases take 2 s, closing 2 s. */
const KILL_GRACE_MS = 5_000;

/** After this time a worker no longer ignores a second signal as a repetition of the first, in ms. */
const ECHO_MS = SAME_SIGNAL_MS + 100;

/** One worker process, from start to end. */
export class HostedProcess {
  readonly pid: number | undefined;
  /** Resolves when it has ended, in any way. */
  readonly ended: Promise<ProcessEnd>;
  /** Resolves with whether it ever began to serve. */
  readonly hasServed: Promise<boolean>;
  readonly #child: ChildProcess;
  readonly #listener: ProcessListener;
  #report: WorkerReport | undefined;
  #servingAt: number | undefined;
  #isReady = false;
  #wasKilled = false;
  #hasEnded = false;
  #graceMs = DEFAULT_GRACE_MS;
  #stopAt: number | undefined;
  readonly #timers: Cancel[] = [];
  #resolveServed: (hasServed: boolean) => void = () => {};

  constructor({ file, args, execArgv, orders }: ProcessProgram, listener: ProcessListener) {
    this.#listener = listener;
    this.#child = fork(file, args, { execArgv: [...execArgv], serialization: "advanced" });
    this.pid = this.#child.pid;
    this.hasServed = new Promise((resolve) => {
      this.#resolveServed = resolve;
    });
    this.#child.on("message", (message) => this.#onMessage(message as ChildMessage));
    this.ended = this.#end();
    // A process that cannot receive it is ending, and its end is reported anyway.
    if (orders !== undefined) this.#child.send(orders, () => {});
  }

  /** Its worker's report, once it has arrived. */
  get report(): WorkerReport | undefined {
    return this.#report;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether it was killed after its grace period. */
  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  /** When its worker began to receive jobs, on the monotonic clock; `undefined` before. */
  get servingAt(): number | undefined {
    return this.#servingAt;
  }

  /** Asks it to stop, and kills it after its grace period. */
  stop(): void {
    if (this.#stopAt !== undefined || this.#hasEnded) return;
    this.#stopAt = performance.now();
    this.#isReady = false;
    this.#child.kill("SIGTERM");
    this.#later(this.#graceMs + KILL_GRACE_MS, () => {
      this.#wasKilled = true;
      this.#child.kill("SIGKILL");
    });
  }

  /** Asks it to stop at once, with a second signal that comes late enough to count. */
  force(): void {
    this.stop();
    if (this.#stopAt === undefined || this.#hasEnded) return;
    const sinceStopMs = performance.now() - this.#stopAt;
    this.#later(Math.max(0, ECHO_MS - sinceStopMs), () => this.#child.kill("SIGTERM"));
  }

  #later(ms: number, fn: () => void): void {
    this.#timers.push(keepAliveClock.schedule(ms, fn));
  }

  #onMessage(message: ChildMessage): void {
    if (message.type === "serving") {
      this.#graceMs = message.graceMs;
      this.#servingAt = performance.now();
      this.#isReady = this.#stopAt === undefined;
      this.#resolveServed(true);
      this.#listener.onServing(message.worker);
    } else if (message.type === "ready") this.#isReady = message.isReady && this.#stopAt === undefined;
    else if (message.type === "limit") this.#listener.onLimit(message.reason);
    else if (message.type === "measured") this.#listener.onMeasured(message.measured);
    else this.#report = message.report;
  }

  #end(): Promise<ProcessEnd> {
    return new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#hasEnded = true;
        for (const cancel of this.#timers) cancel();
        this.#isReady = false;
        this.#resolveServed(false);
        const cause = this.#report?.cause;
        resolve({ pid: this.pid, code, signal, ...(cause === undefined ? {} : { cause }) });
      };
      // Its last message may arrive after its exit, but before the channel is closed.
      this.#child.once("exit", (code, signal) => {
        if (this.#child.connected) this.#child.once("disconnect", () => ended(code, signal));
        else ended(code, signal);
      });
      this.#child.once("error", () => {
        if (this.pid === undefined) ended(null, null);
      });
    });
  }
}
