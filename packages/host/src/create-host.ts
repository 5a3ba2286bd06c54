import { availableParallelism, hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ConfigError, type StopCause, type WorkerReport } from "@jobs/core";
import { CHILD_MAIN } from "./entry-files.ts";
import type { Host, HostCause, HostEvent, HostOptions, HostReport, ProcessEnd, WearReason } from "./host.ts";
import { HostedProcess, type ProcessProgram } from "./process/hosted-process.ts";
import { sumReports } from "./process/report-host.ts";
import { restartDelayMs } from "./process/restart-delay.ts";
import { stopOnSignals } from "./process/stop-on-signals.ts";

/** A process that has served for so long, in ms, was no crash at start: the next restart is quick again. */
const STABLE_MS = 60_000;

/** Causes that end a worker for good; after any other one, a supervisor starts another. */
const COMPLETED: ReadonlySet<StopCause> = new Set<StopCause>(["drained", "once", "idle", "max_jobs"]);

/**
 * Creates a parent of several worker processes; nothing is started yet.
 * @throws ConfigError for a number of processes that is none.
 */
export function createHost(options: HostOptions): Host {
  const { processes = availableParallelism() } = options;
  if (Number.isInteger(processes) && processes > 0) return new JobsHost(options, processes);
  throw new ConfigError(`a host of ${processes} processes cannot be; expected a whole number from 1 on.`);
}

/** Where one process after the other runs. */
interface Place {
  readonly number: number;
  current: HostedProcess | undefined;
  hasServed: boolean;
}

class JobsHost implements Host {
  readonly #program: ProcessProgram;
  readonly #tell: (event: HostEvent) => void;
  readonly #places: readonly Place[];
  readonly #living = new Set<HostedProcess>();
  readonly #reports: WorkerReport[] = [];
  readonly #stopping = new AbortController();
  #counts = { completed: 0, restarts: 0, recycled: 0, killed: 0 };
  #cause: HostCause | undefined;
  #exitCode: number | undefined;
  /** Looks again whenever a place has come to serve, and when the host stops. */
  #waiting: (() => void)[] = [];
  #life: Promise<HostReport> | undefined;
  /** Worn processes are replaced one after the other. */
  #replacing: Promise<void> = Promise.resolve();

  constructor(options: HostOptions, processes: number) {
    this.#program = programOf(options);
    this.#tell = options.onEvent ?? (() => {});
    this.#places = Array.from({ length: processes }, (_, index) => ({
      number: index + 1,
      current: undefined,
      hasServed: false,
    }));
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#places.some(({ current }) => current?.isReady);
  }

  get pids(): readonly number[] {
    return this.#places.flatMap(({ current }) => current?.pid ?? []);
  }

  async start(): Promise<void> {
    const life = this.join();
    const isServing = this.#untilServing(() => this.#places.every(({ hasServed }) => hasServed));
    await Promise.race([life, isServing]);
    if (this.#cause !== "start_failed") return;
    const { exitCode } = await life;
    throw new ConfigError(`no worker process came to serve; the first ended with exit code ${exitCode}.`, {
      hint: "What it wrote to stderr says why.",
    });
  }

  stop(cause: HostCause = "stop"): Promise<HostReport> {
    if (!this.#isStopping) {
      this.#cause ??= cause;
      this.#stopping.abort();
      this.#wake();
      for (const process of this.#living) process.stop();
    }
    return this.join();
  }

  force(): Promise<HostReport> {
    this.#cause = "forced";
    this.#stopping.abort();
    this.#wake();
    for (const process of this.#living) process.force();
    return this.join();
  }

  join(): Promise<HostReport> {
    this.#life ??= this.#live();
    return this.#life;
  }

  async run(): Promise<HostReport> {
    const unlisten = stopOnSignals(this);
    try {
      return await this.join();
    } finally {
      unlisten();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #hasServed(): boolean {
    return this.#places.some(({ hasServed }) => hasServed);
  }

  /** Resolves when `isSo` holds, which only a place that has come to serve changes, or when the host stops. */
  #untilServing(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => (isSo() || this.#isStopping ? resolve() : void this.#waiting.push(look));
      look();
    });
  }

  #wake(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #live(): Promise<HostReport> {
    const startedAt = performance.now();
    await Promise.all(this.#places.map((place) => this.#keep(place)));
    await Promise.all([...this.#living].map(({ ended }) => ended));
    const seconds = Math.round(performance.now() - startedAt) / 1000;
    return {
      host: `${hostname()}:${process.pid}`,
      cause: this.#cause ?? "completed",
      processes: this.#places.length,
      ...this.#counts,
      ...sumReports(this.#reports),
      seconds,
      ...(this.#exitCode === undefined ? {} : { exitCode: this.#exitCode }),
    };
  }

  /** Sees to it that a process runs at a place, until its worker has come to its end for good. */
  async #keep(place: Place): Promise<void> {
    let crashes = 0;
    // One process shows that there is a point in starting the others, or says why not: once.
    if (place.number > 1) await this.#untilServing(() => this.#hasServed);
    while (place.current !== undefined || !this.#isStopping) {
      place.current ??= this.#launch(place);
      const process = place.current;
      const end = await process.ended;
      // It was worn, and another one has taken over.
      if (place.current !== process) continue;
      place.current = undefined;
      const hasCompleted = end.cause !== undefined && (this.#isStopping || COMPLETED.has(end.cause));
      if (hasCompleted)
        this.#tell({ type: "host.progress", completed: ++this.#counts.completed, of: this.#places.length });
      if (hasCompleted || this.#isStopping) return;
      if (!this.#hasServed) return this.#failToStart(end);
      crashes = isStable(process) ? 1 : crashes + 1;
      await this.#waitAfterCrash(place, end, restartDelayMs(crashes));
    }
  }

  #launch(place: Place): HostedProcess {
    const process: HostedProcess = new HostedProcess(this.#program, {
      onServing: (worker) => {
        place.hasServed = true;
        this.#wake();
        this.#tell({ type: "process.serving", place: place.number, pid: process.pid, worker });
      },
      onWorn: (reason) => {
        this.#replacing = this.#replacing.then(() => this.#replace(place, process, reason));
      },
    });
    this.#living.add(process);
    this.#tell({ type: "process.started", place: place.number, pid: process.pid });
    void process.ended.then((end) => this.#bury(place, process, end));
    return process;
  }

  #bury(place: Place, process: HostedProcess, end: ProcessEnd): void {
    this.#living.delete(process);
    if (process.report !== undefined) this.#reports.push(process.report);
    if (process.wasKilled) this.#counts.killed++;
    this.#tell({ type: "process.ended", place: place.number, ...end });
  }

  /** When no process of this host has ever served, the next one would not either: a broken configuration, a broker that is not there. */
  #failToStart({ code }: ProcessEnd): void {
    this.#exitCode ??= code ?? 1;
    void this.stop("start_failed");
  }

  async #waitAfterCrash(place: Place, end: ProcessEnd, restartInMs: number): Promise<void> {
    this.#tell({ type: "process.crashed", place: place.number, restartInMs, ...end });
    await sleep(restartInMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    if (!this.#isStopping) this.#counts.restarts++;
  }

  /** Lets another process take over before the worn one ends, so that there are never fewer. */
  async #replace(place: Place, worn: HostedProcess, reason: WearReason): Promise<void> {
    for (let attempt = 1; place.current === worn && !this.#isStopping; attempt++) {
      if (attempt === 1) this.#tell({ type: "process.worn", place: place.number, pid: worn.pid, reason });
      const next = this.#launch(place);
      const canServe = await next.hasServed;
      if (canServe && place.current === worn && !this.#isStopping) {
        place.current = next;
        this.#counts.recycled++;
        worn.stop();
        await worn.ended;
        return;
      }
      next.stop();
      await sleep(restartDelayMs(attempt), undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }
}

function isStable({ servingAt }: HostedProcess): boolean {
  return servingAt !== undefined && performance.now() - servingAt > STABLE_MS;
}

function programOf(options: HostOptions): ProcessProgram {
  const { execArgv = process.execArgv } = options;
  if ("program" in options) return { ...options.program, execArgv, orders: undefined };
  const { app, worker = {}, recycle = {} } = options;
  return { file: fileURLToPath(CHILD_MAIN), args: [], execArgv, orders: { app: app.href, worker, recycle } };
}
