import type { WorkerReport } from "@jobs/core";
import { keepAliveClock, type StopCause, sleep } from "@jobs/core/runtime";
import type { HostEvent, ProcessEnd, RecycleReason } from "../host.ts";
import { HostedProcess, type ProcessProgram } from "./hosted-process.ts";

/** What the slots of a host share. */
export interface ProcessSlotParts {
  readonly program: ProcessProgram;
  /** Aborts when the host stops. */
  readonly stopping: AbortSignal;
  /** Whether any process of this host has ever served. */
  isProven(): boolean;
  onServing(): void;
  /** Runs replacements one after the other, over all slots. */
  oneAtATime(replace: () => Promise<void>): void;
  publish(event: HostEvent): void;
}

/** How a slot ended. `failed`: no process of this host has ever served, so a next one would fail too. */
export type ProcessSlotEnd =
  | { readonly status: "completed" | "stopped" }
  | { readonly status: "failed"; readonly end: ProcessEnd };

/** A crash after serving for this long, in ms, does not count as one at start: the restart is quick. */
const STABLE_MS = 60_000;

/** Causes that end a worker for good; after any other cause, the slot starts another. */
const COMPLETED: ReadonlySet<StopCause> = new Set<StopCause>(["drained", "once", "idle", "max_jobs"]);

/** Runs one process after another; for a moment two, while one takes over. */
export class ProcessSlot {
  readonly number: number;
  /** Reports of all processes that had time to send one. */
  readonly reports: WorkerReport[] = [];
  readonly counts = { restarts: 0, recycled: 0, killed: 0 };
  readonly #parts: ProcessSlotParts;
  readonly #living = new Set<HostedProcess>();
  #current: HostedProcess | undefined;
  #hasServed = false;

  constructor(number: number, parts: ProcessSlotParts) {
    this.number = number;
    this.#parts = parts;
  }

  /** Whether a process of this slot has ever served. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  get isReady(): boolean {
    return this.#current?.isReady ?? false;
  }

  get pid(): number | undefined {
    return this.#current?.pid;
  }

  /** Keeps a process running until its worker has ended for good. Resolves when all its processes have ended. */
  async keep(): Promise<ProcessSlotEnd> {
    const end = await this.#keepOne();
    await Promise.all([...this.#living].map(({ ended }) => ended));
    return end;
  }

  stop(): void {
    for (const process of this.#living) process.stop();
  }

  force(): void {
    for (const process of this.#living) process.force();
  }

  get #isStopping(): boolean {
    return this.#parts.stopping.aborted;
  }

  async #keepOne(): Promise<ProcessSlotEnd> {
    let crashes = 0;
    while (this.#current !== undefined || !this.#isStopping) {
      this.#current ??= this.#launch();
      const process = this.#current;
      const end = await process.ended;
      // It was replaced, so its end does not matter.
      if (this.#current !== process) continue;
      this.#current = undefined;
      if (end.cause !== undefined && (this.#isStopping || COMPLETED.has(end.cause)))
        return { status: "completed" };
      if (this.#isStopping) break;
      if (!this.#parts.isProven()) return { status: "failed", end };
      crashes = isStable(process) ? 1 : crashes + 1;
      await this.#waitAfterCrash(end, restartDelayMs(crashes));
    }
    return { status: "stopped" };
  }

  #launch(): HostedProcess {
    const { program, publish, onServing, oneAtATime } = this.#parts;
    const number = this.number;
    const process: HostedProcess = new HostedProcess(program, {
      onServing: (worker) => {
        this.#hasServed = true;
        publish({ type: "process.serving", number, pid: process.pid, worker });
        onServing();
      },
      onMeasured: (measured) => publish({ type: "process.measured", number, pid: process.pid, measured }),
      onLimit: (reason) => oneAtATime(() => this.#replace(process, reason)),
    });
    this.#living.add(process);
    publish({ type: "process.started", number, pid: process.pid });
    void process.ended.then((end) => this.#recordEnd(process, end));
    return process;
  }

  #recordEnd(process: HostedProcess, end: ProcessEnd): void {
    this.#living.delete(process);
    if (process.report !== undefined) this.reports.push(process.report);
    if (process.wasKilled) this.counts.killed++;
    this.#parts.publish({ type: "process.ended", number: this.number, ...end });
  }

  async #waitAfterCrash(end: ProcessEnd, restartInMs: number): Promise<void> {
    this.#parts.publish({ type: "process.crashed", number: this.number, restartInMs, ...end });
    await this.#pause(restartInMs);
    if (!this.#isStopping) this.counts.restarts++;
  }

  /** Starts the next process before the old one ends, so that the number of serving processes never falls. */
  async #replace(old: HostedProcess, reason: RecycleReason): Promise<void> {
    const isWanted = () => this.#current === old && !this.#isStopping;
    if (isWanted())
      this.#parts.publish({ type: "process.recycled", number: this.number, pid: old.pid, reason });
    for (let attempt = 1; isWanted(); attempt++) {
      const next = this.#launch();
      const canServe = await next.hasServed;
      if (canServe && isWanted()) {
        this.#current = next;
        this.counts.recycled++;
        old.stop();
        await old.ended;
        return;
      }
      next.stop();
      await this.#pause(restartDelayMs(attempt));
    }
  }

  /** Ends early when the host stops. */
  #pause(ms: number): Promise<void> {
    return sleep(keepAliveClock, ms, this.#parts.stopping);
  }
}

function isStable({ servingAt }: HostedProcess): boolean {
  return servingAt !== undefined && performance.now() - servingAt > STABLE_MS;
}

/** The first and the longest delay before a restart, in ms. */
const FIRST_MS = 200;
const LONGEST_MS = 30_000;

/**
 * The delay before a restart after this many crashes in a row. It doubles each time, since the cause of the crash
 * probably still exists.
 */
export function restartDelayMs(crashes: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(crashes - 1, 30));
}
